package io.pcache.sys;

import com.kenai.jffi.MemoryIO;

/**
 * Words of 64 bits at addresses outside of the Java heap. Nothing is checked: an address that is not mapped kills the
 * JVM. Loads and stores are plain, as those of an array's elements are.
 */
public final class NativeWords {
    /** Words up to which a loop is faster than a call of memmove(3). */
    private static final int SHORT_MOVE = 32;
    private static final MemoryIO MEMORY = MemoryIO.getInstance();

    private NativeWords() {
    }

    public static long get(long address) {
        return MEMORY.getLong(address);
    }

    public static void set(long address, long word) {
        MEMORY.putLong(address, word);
    }

    /** Copies words to where they may overlap those copied. */
    public static void move(long from, long to, int words) {
        if (words > SHORT_MOVE) {
            MEMORY.copyMemory(from, to, (long) words * Long.BYTES);
        } else if (from > to) {
            for (int i = 0; i < words; i++) {
                MEMORY.putLong(to + (long) i * Long.BYTES, MEMORY.getLong(from + (long) i * Long.BYTES));
            }
        } else {
            for (int i = words - 1; i >= 0; i--) {
                MEMORY.putLong(to + (long) i * Long.BYTES, MEMORY.getLong(from + (long) i * Long.BYTES));
            }
        }
    }

    public static void clear(long address, int words) {
        MEMORY.setMemory(address, (long) words * Long.BYTES, (byte) 0);
    }
}
