package io.pcache.offline;

/**
 * A problem at a place.
 *
 * @param deviceOffset byte of the cache device
 * @param where which structure has the problem, for people
 * @param found what stands there
 * @param expected what should stand there; empty if this is not known
 * @param mend what can be done about the problem; null for nothing
 */
public record Finding(Problem problem, long deviceOffset, String where, String found, String expected, Mend mend) {

    public Severity severity() {
        return problem.severity();
    }

    /** One line for people. */
    @Override
    public String toString() {
        return where + " (byte " + deviceOffset + "): " + found + (expected.isEmpty() ? "" : ", expected " + expected);
    }
}
