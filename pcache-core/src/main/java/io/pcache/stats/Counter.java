package io.pcache.stats;

/** A count that only grows. */
public interface Counter {
    /** The constant's name. */
    String name();

    /** What is counted: {@code requests}, {@code bytes}, {@code sectors} (of 512 bytes) and so on. */
    String unit();

    /** One line for people. */
    String text();
}
