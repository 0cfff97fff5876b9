package io.pcache.dmctl.options;

/** A udev cookie as text: 32 bits, decimal, octal or hexadecimal as C writes them. */
public final class Cookie {
    private Cookie() {}

    /** 0 where the text is no cookie. */
    public static long parse(String text) {
        try {
            return Integer.toUnsignedLong((int) Long.decode(text).longValue());
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
