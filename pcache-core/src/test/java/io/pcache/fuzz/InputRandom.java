package io.pcache.fuzz;

import java.util.Random;

/**
 * Draws from a fuzzer's input instead of a generator, and zeros after the input is used up. So a fuzzer can lead any
 * test that draws from a {@link Random}. A choice takes as few bytes as possible, so that each byte of the input is a
 * choice, and a changed byte is another choice.
 */
public final class InputRandom extends Random {
    private static final long serialVersionUID = 1;

    private final byte[] input;
    private int at;

    public InputRandom(byte[] input) {
        super(0);
        this.input = input;
    }

    private int bytes(int count) {
        int value = 0;
        for (int i = 0; i < count; i++) {
            value = value << Byte.SIZE | (at < input.length ? Byte.toUnsignedInt(input[at++]) : 0);
        }
        return value;
    }

    /** The rest of the input. */
    public byte[] rest() {
        byte[] rest = java.util.Arrays.copyOfRange(input, at, input.length);
        at = input.length;
        return rest;
    }

    @Override
    protected int next(int bits) {
        return bytes(Integer.BYTES) >>> Integer.SIZE - bits;
    }

    @Override
    public int nextInt(int bound) {
        int count = bound <= 1 << 8 ? 1 : bound <= 1 << 16 ? 2 : Integer.BYTES;
        return Integer.remainderUnsigned(bytes(count), bound);
    }

    @Override
    public boolean nextBoolean() {
        return (bytes(1) & 1) != 0;
    }
}
