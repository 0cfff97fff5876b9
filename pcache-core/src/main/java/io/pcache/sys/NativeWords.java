package io.pcache.sys;

import com.kenai.jffi.MemoryIO;
import java.lang.reflect.Constructor;

/**
 * Words of 64 bits at addresses outside of the Java heap. Nothing is checked: an address that is not mapped kills the
 * JVM. Loads and stores are plain, like those of array elements.
 */
public final class NativeWords {
    /** Up to this many words, a loop is faster than a call of memmove(3). */
    private static final int SHORT_MOVE = 32;
    /** The system property that the JVM, since JDK 24, makes of its option {@code --sun-misc-unsafe-memory-access}. */
    private static final String UNSAFE_ACCESS = "sun.misc.unsafe.memory.access";

    private static final String BY_UNSAFE = "com.kenai.jffi.UnsafeMemoryIO$UnsafeMemoryIO64";
    private static final MemoryIO MEMORY = memory();

    private NativeWords() {}

    /**
     * Chooses how jffi accesses memory. Where the JVM might warn of Unsafe, jffi makes a JNI call for each word. This
     * is not needed if the JVM was told to allow Unsafe.
     */
    private static MemoryIO memory() {
        if ("allow".equals(System.getProperty(UNSAFE_ACCESS))) {
            try {
                Constructor<?> made = Class.forName(BY_UNSAFE).getDeclaredConstructor();
                made.setAccessible(true);
                return (MemoryIO) made.newInstance();
            } catch (ReflectiveOperationException | RuntimeException e) {
                // This is another version of jffi, or jffi is in a module. The default way is slower, and as good.
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

    /** Copies words; source and target may overlap. */
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
