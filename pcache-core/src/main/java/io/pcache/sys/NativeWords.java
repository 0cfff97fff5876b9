package io.pcache.sys;

import com.kenai.jffi.MemoryIO;
import java.lang.reflect.Constructor;

/**
 * Words of 64 bits at addresses outside of the Java heap. Nothing is checked: an address that is not mapped kills the
 * JVM. Loads and stores are plain, as those of an array's elements are.
 */
public final class NativeWords {
    /** Words up to which a loop is faster than a call of memmove(3). */
    private static final int SHORT_MOVE = 32;
    /** What the JVM makes of its option {@code --sun-misc-unsafe-memory-access}, since JDK 24. */
    private static final String UNSAFE_ACCESS = "sun.misc.unsafe.memory.access";

    private static final String BY_UNSAFE = "com.kenai.jffi.UnsafeMemoryIO$UnsafeMemoryIO64";
    private static final MemoryIO MEMORY = memory();

    private NativeWords() {}

    /**
     * Where the JVM might warn of Unsafe, jffi makes a call by JNI for each word; not needed where it was told that
     * Unsafe is meant.
     */
    private static MemoryIO memory() {
        if ("allow".equals(System.getProperty(UNSAFE_ACCESS))) {
            try {
                Constructor<?> made = Class.forName(BY_UNSAFE).getDeclaredConstructor();
                made.setAccessible(true);
                return (MemoryIO) made.newInstance();
            } catch (ReflectiveOperationException | RuntimeException e) {
                // Another jffi, or one in a module: slower, and as good.
                return MemoryIO.getInstance();
            }
        }
        return MemoryIO.getInstance();
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
