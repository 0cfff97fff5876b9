package io.pcache.control;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The rules for names and uuids of mapped devices. People see {@code my disk}; stored, sent and used as a file name is
 * {@code my\x20disk}: every byte of the UTF-8 form that is not a letter, a digit or one of {@code #+-.:=@_} as
 * {@code \x} and two hex digits, as libdevmapper does it.
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
     * The stored form of what a user typed. Text that holds {@code \xHH} already, and otherwise only plain characters,
     * is taken as it is.
     *
     * @return null where the text mixes encoded characters with ones that would need it
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

    /** The stored form with every character that is not plain encoded, the backslash too. */
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
     * What people see for a stored form: that itself where its bytes are no UTF-8, so that what is shown can always be
     * typed, and no two names look the same.
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
     * Why a stored form cannot be a device's name, in device-mapper's words where it has any; null when it can. A name
     * that passes is one path element and neither hidden by nor mistaken for anything else in {@link RunDirectory}.
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

    /** Whether it is plain characters and encoded ones only. */
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
