package io.pcache.control;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The rules for names and uuids of mapped devices. People see {@code my disk}; the form that is stored, sent and used
 * as a file name is {@code my\x20disk}. In this form, every byte of the UTF-8 text that is not a letter, a digit or one
 * of {@code #+-.:=@_} stands as {@code \x} and two hex digits, as in libdevmapper.
 */
public final class DeviceName {
    /** Longest stored name in bytes. */
    public static final int MAX_NAME_BYTES = 127;
    /** Longest stored uuid in bytes. */
    public static final int MAX_UUID_BYTES = 128;

    private static final String PLAIN_PUNCTUATION = "#+-.:=@_";
    private static final String HEX = "0123456789abcdef";

    private DeviceName() {}

    /**
     * The stored form of what a user typed. Text that has {@code \xHH} already, and otherwise only plain characters,
     * stays as it is.
     *
     * @return null where the text mixes encoded characters with characters that need encoding
     */
    public static String mangle(String text) {
        boolean encoded = false;
        boolean needed = false;
        byte[] bytes = ByteText.encode(text);
        for (int i = 0; i < bytes.length; i++) {
            if (isEncodedAt(bytes, i)) {
                encoded = true;
                i += 3;
            } else if (!isPlain(bytes[i])) {
                needed = true;
            }
        }
        if (encoded) {
            return needed ? null : text;
        }
        return needed ? mangleHex(text) : text;
    }

    /** The stored form with every character encoded that is not plain, the backslash, too. */
    public static String mangleHex(String text) {
        StringBuilder mangled = new StringBuilder();
        for (byte b : ByteText.encode(text)) {
            if (isPlain(b)) {
                mangled.append((char) b);
            } else {
                mangled.append("\\x").append(HEX.charAt(b >> 4 & 15)).append(HEX.charAt(b & 15));
            }
        }
        return mangled.toString();
    }

    /**
     * The text that people see for a stored form. Where the bytes are no UTF-8, this is the stored form itself: so the
     * text can always be typed, and no two names look the same.
     */
    public static String unmangle(String stored) {
        if (stored.indexOf('\\') < 0) {
            return stored;
        }
        byte[] bytes = stored.getBytes(StandardCharsets.UTF_8);
        int length = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (isEncodedAt(bytes, i)) {
                bytes[length++] = (byte) (digit(bytes[i + 2]) << 4 | digit(bytes[i + 3]));
                i += 3;
            } else {
                bytes[length++] = bytes[i];
            }
        }
        String shown = ByteText.decode(Arrays.copyOf(bytes, length));
        return ByteText.isUtf8(shown) ? shown : stored;
    }

    /**
     * Why a stored form cannot be a device's name, in device-mapper's words where it has any; null when the form can be
     * a name. A name that passes is one path element. In {@link RunDirectory}, no other file hides the name or is
     * mistaken for it.
     */
    public static String refusal(String stored) {
        if (stored.isEmpty()) {
            return "name not supplied when creating device";
        }
        if (stored.equals("control") || stored.equals(".") || stored.equals("..")) {
            return "device name cannot be \"control\", \".\", or \"..\"";
        }
        if (stored.length() > MAX_NAME_BYTES) {
            return "device name too long";
        }
        return isStoredForm(stored) ? null : "device name holds characters that must be encoded";
    }

    /** Whether a text consists of plain and of encoded characters only. */
    public static boolean isStoredForm(String text) {
        byte[] bytes = ByteText.encode(text);
        for (int i = 0; i < bytes.length; i++) {
            if (isEncodedAt(bytes, i)) {
                i += 3;
            } else if (!isPlain(bytes[i])) {
                return false;
            }
        }
        return true;
    }

    private static boolean isPlain(byte b) {
        return b >= '0' && b <= '9'
                || b >= 'A' && b <= 'Z'
                || b >= 'a' && b <= 'z'
                || b > 0 && PLAIN_PUNCTUATION.indexOf(b) >= 0;
    }

    private static boolean isEncodedAt(byte[] bytes, int i) {
        return bytes[i] == '\\'
                && i + 3 < bytes.length
                && bytes[i + 1] == 'x'
                && digit(bytes[i + 2]) >= 0
                && digit(bytes[i + 3]) >= 0;
    }

    private static int digit(byte b) {
        return Character.digit(b, 16);
    }
}
