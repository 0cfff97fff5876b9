package io.pcache.sys;

/** {@code struct iovec}: {@code 0 base | 8 length | 16}. */
public final class IovecLayout {
    public static final int BASE = 0;
    public static final int LENGTH = BASE + Long.BYTES;
    public static final int BYTES = LENGTH + Long.BYTES;

    private IovecLayout() {}
}
