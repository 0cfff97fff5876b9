package io.pcache.crash;

/**
 * What a run does to a cache: how often each kind of step comes, relative to the others, and how the run begins. All
 * workloads but the format are for both kinds of cache device, with and without data checksums.
 */
enum Workload {
    /** From a blank device: power cuts while it is formatted and first activated. */
    FORMAT(5) {
        @Override
        void set() {
            blank = true;
            sessions = 2;
        }
    },
    /** A bit of everything. */
    MIXED(40),
    /** Single writes and flushes, one after the other: many short key-sets. */
    FLUSHES(60) {
        @Override
        void set() {
            flush = 30;
            fua = 20;
            maxSectors = 4;
        }
    },
    /** Many writes and hardly a flush: full key-sets, and several of them are committed at once. */
    FULL_KEY_SETS(80) {
        @Override
        void set() {
            write = 300;
            burst = 40;
            flush = 1;
            fua = 0;
            read = 2;
            maxSectors = 3;
            commit = 3;
            leastQueues = 2;
            evictedOneIn = 4;
        }
    },
    /**
     * The log stands at the end of its segment again and again: LAST key-sets, and garbage collection that passes them.
     */
    LOG_WRAP(60) {
        @Override
        void set() {
            logRoomKeySets = 3;
            sessions = 6;
            write = 50;
            burst = 12;
            gc = 20;
            gcPercentMost = 5;
        }
    },
    /**
     * Ballast drives two data heads through all segments at different speeds. So garbage collection frees segments
     * while older segments are still in use, and freed segments are used again.
     */
    SEGMENT_REUSE(120) {
        @Override
        void set() {
            leastQueues = 2;
            evictedOneIn = 4;
            ballast = 14;
            ballastBurst = 40;
            gcPercent = 8;
            gcPercentMost = 20;
            gc = 20;
            writeBack = 20;
            checksums = false;
        }
    },
    /** Writers wait for space. */
    FULL_CACHE(40) {
        @Override
        void set() {
            ballast = 10;
            ballastBurst = 60;
            gc = 6;
            writeBack = 4;
            gcPercentMost = 90;
            checksums = false;
        }
    },
    /** Reads that fill the cache, between writes to the same places; these writes are written back and collected. */
    FILLS(60) {
        @Override
        void set() {
            read = 40;
            gc = 30;
            writeBack = 20;
            gcPercentMost = 3;
            gcPercent = 6;
        }
    },
    /** Power cut, kill and orderly end, one after the other. */
    RECOVERY(15) {
        @Override
        void set() {
            sessions = 10;
            logRoomKeySets = 6;
            gcPercentMost = 10;
        }
    },
    /** The backing device fails reads, writes and flushes for a while, again and again. */
    BACKING_FAULTS(80) {
        @Override
        void set() {
            backingFaults = 12;
            writeBack = 20;
            read = 16;
            gcPercentMost = 10;
        }
    },
    /** At some step, syncs of the cache device begin to fail; nothing is acknowledged after that. */
    FAILING_SYNC(60) {
        @Override
        void set() {
            failingSync = 1;
            sessions = 4;
            gcPercentMost = 10;
        }
    },
    /** A backing device with larger blocks than the cache's keys. */
    LARGE_BLOCKS(40) {
        @Override
        void set() {
            backingBlock = 4096;
            writeBack = 20;
        }
    };

    static final int MOST_QUEUES = 4;

    /** Steps of a session. */
    final int steps;

    /** One state in so many is written back and evicted. Most are, where this is not most of the work. */
    int evictedOneIn = 1;

    boolean blank;
    int sessions = 3;
    int leastQueues = 1;
    int backingBlock = 512;
    /** Whether data checksums are on in half of the runs. */
    boolean checksums = true;
    /** The log begins with room for at most so many key-sets in its segment; 0 for anywhere. */
    int logRoomKeySets;

    int write = 40;
    /** The largest number of writes in one step. */
    int burst = 4;

    int maxSectors = 16;
    int fua = 4;
    int flush = 8;
    int read = 8;
    int ballast;
    int ballastBurst;
    int gcPercent = 2;
    int gcPercentMost = 90;
    int commit = 10;
    int writeBack = 8;
    int gc = 8;
    int poll = 10;
    /** How often a transfer of the backing device completes. */
    int complete = 20;
    /** How often an actor goes on that has something to do. */
    int anyTurn = 10;

    int clock = 4;
    /** How often clients go, and leave requests behind. */
    int giveUp = 1;
    /** How often all actors go on until there is nothing left to do. */
    int rest = 1;

    int backingFaults;
    int failingSync;

    Workload(int steps) {
        this.steps = steps;
        set();
    }

    void set() {}
}
