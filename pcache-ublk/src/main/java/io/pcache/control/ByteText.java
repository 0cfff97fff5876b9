package io.pcache.control;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/**
 * Text that was bytes, and not all of the bytes need be UTF-8: a name may hold any bytes. A byte that is no part of
 * valid UTF-8 stands as a lone surrogate, U+DC80 for 0x80 to U+DCFF for 0xFF, as in Python (PEP 383). No valid text has
 * lone surrogates, so nothing is lost, and two different texts stay different.
 */
public final class ByteText {
    private static final char FIRST = '\udc80';
    private static final char LAST = '\udcff';
    private static final int SURROGATES = 0xdc00;
    private static final String HEX = "0123456789abcdef";

    private ByteText() {}

    public static String decode(byte[] bytes) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        for (CoderResult result = decoder.decode(in, out, true);
                result.isError();
                result = decoder.decode(in, out, true)) {
            for (int i = 0; i < result.length(); i++) {
                out.put((char) (SURROGATES | in.get() & 0xff));
            }
        }
        return out.flip().toString();
    }

    /** The bytes that {@link #decode} made the text from. */
    public static byte[] encode(String text) {
        if (isUtf8(text)) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length() + 16);
        int end;
        for (int i = 0; i < text.length(); i = end) {
            end = i + Character.charCount(text.codePointAt(i));
            if (isByte(text, i)) {
                bytes.write(text.charAt(i));
            } else {
                bytes.writeBytes(text.substring(i, end).getBytes(StandardCharsets.UTF_8));
            }
        }
        return bytes.toByteArray();
    }

    /** Whether all of the bytes were valid UTF-8. */
    public static boolean isUtf8(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (isByte(text, i)) {
                return false;
            }
        }
        return true;
    }

    /** The text for people: bytes that are not UTF-8 stand as {@code \xHH}. */
    public static String printable(String text) {
        if (isUtf8(text)) {
            return text;
        }
        StringBuilder printable = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (isByte(text, i)) {
                printable.append("\\x").append(HEX.charAt(c >> 4 & 15)).append(HEX.charAt(c & 15));
            } else {
                printable.append(c);
            }
        }
        return printable.toString();
    }

    /** Whether a character stands for a byte. A low surrogate behind a high surrogate is half of a character. */
    private static boolean isByte(String text, int i) {
        char c = text.charAt(i);
        return c >= FIRST && c <= LAST && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)));
    }
}
