package io.pcache.stats;

/** What is timed, in nanoseconds from the submission of a request to its end. */
public enum Latency {
    READ("reads"),
    WRITE("writes, those that asked to be durable too, and requests to write zeroes"),
    FLUSH("flushes"),
    /** Timed whether the sampling chose them or not, and not weighted: a stall must show. */
    DEFERRED("requests of any kind that had to wait, from when they began to wait");

    private final String text;

    Latency(String text) {
        this.text = text;
    }

    /** One line for people: which requests. */
    public String text() {
        return text;
    }
}
