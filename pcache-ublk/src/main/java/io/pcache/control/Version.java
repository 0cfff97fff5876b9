package io.pcache.control;

/** The version of this pcache: of pcachectl, or of the target. */
public final class Version {
    public static final String TEXT = "0.1.0";

    private Version() {}
}
