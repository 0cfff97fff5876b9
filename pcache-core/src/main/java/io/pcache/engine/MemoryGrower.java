package io.pcache.engine;

import io.pcache.slab.FreeMemory;
import io.pcache.slab.GrowingMemory;
import io.pcache.slab.MemoryShortageException;
import io.pcache.state.Agent;
import io.pcache.state.CacheState;
import io.pcache.state.Signal;
import java.util.List;

/**
 * Takes memory for the index and the data checksums from the system, ahead of use, so that no request waits for the
 * system. Where the system should not give more, writes that need it wait for garbage collection, and more is asked for
 * again after a pause.
 */
final class MemoryGrower implements Agent {
    private static final long PAUSE_NANOS = 1_000_000_000L;

    private final CacheState state;
    private final List<? extends GrowingMemory> memories;
    private final Signal signal = new Signal();
    private boolean paused;

    /** @param free asked before memory is taken */
    MemoryGrower(CacheState state, FreeMemory free) {
        this.state = state;
        this.memories = state.checksums() == null ? List.of(state.index()) : List.of(state.index(), state.checksums());
        memories.forEach(memory -> memory.askBefore(free));
    }

    /** From now on only this takes memory; before, whoever needs some does. */
    void takeOver() {
        memories.forEach(memory -> memory.growAhead(signal::raise));
    }

    @Override
    public boolean doWork() {
        boolean grown = false;
        paused = false;
        String problem = null;
        for (GrowingMemory memory : memories) {
            try {
                grown |= memory.grow();
            } catch (MemoryShortageException e) {
                paused = true;
                problem = e.getMessage();
            }
        }
        state.health().memory(problem);
        if (grown) {
            state.waiters().wake();
        }
        return grown && !paused;
    }

    @Override
    public long idleNanos() {
        return paused ? PAUSE_NANOS : NEVER;
    }

    @Override
    public Signal signal() {
        return signal;
    }

    @Override
    public String waitsFor() {
        return "memory from the system";
    }

    @Override
    public String name() {
        return "memory";
    }
}
