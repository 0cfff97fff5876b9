package io.pcache.control;

/** Which pcache this is: pcachectl or target. */
public final class Version {
    public static final String TEXT = "0.1.0";

    private Version() {}
}
