package io.pcache.bench;

/** The blocks 0 to count - 1 in a fixed random order, again and again; each block occurs once in each round. */
final class RandomBlocks {
    private final long count;
    private final int bits;
    private final long mask;
    private long sequence;

    RandomBlocks(long count, long seed) {
        this.count = count;
        this.bits = Math.max(2, Long.SIZE - Long.numberOfLeadingZeros(count - 1));
        this.mask = (1L << bits) - 1;
        this.sequence = seed & mask;
    }

    long next() {
        long block;
        do {
            block = mix(sequence);
            sequence = sequence + 1 & mask;
        } while (block >= count);
        return block;
    }

    /** A bijection on numbers of so many bits: each step can be undone. */
    private long mix(long value) {
        long mixed = value;
        for (int round = 0; round < 2; round++) {
            mixed = mixed * 0x9E3779B97F4A7C15L + 0x7F4A7C15L & mask;
            mixed ^= mixed >>> bits / 2;
        }
        return mixed;
    }
}
