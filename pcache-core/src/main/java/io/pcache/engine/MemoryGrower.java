package io.pcache.engine;

import io.pcache.agent.Agent;
import io.pcache.health.Health;
import io.pcache.slab.FreeMemory;
import io.pcache.slab.GrowingMemory;
import io.pcache.slab.MemoryShortageException;
import io.pcache.wake.Doorbells;
import io.pcache.wake.Signal;
import java.util.List;

/**
 * Takes memory from the system for the index and the data checksums, ahead of use, so that no request waits for the
 * system. If the system should not give more, writes that need memory wait for garbage collection, and the grower asks
 * again after a pause.
 */
final class MemoryGrower implements Agent {
    private static final long PAUSE_NANOS = 1_000_000_000L;

    private final List<? extends GrowingMemory> memories;
    private final Doorbells doorbells;
    private final Health health;
    private boolean paused;

    /** @param free asked before memory is taken */
    MemoryGrower(List<? extends GrowingMemory> memories, FreeMemory free, Doorbells doorbells, Health health) {
        this.memories = memories;
        this.doorbells = doorbells;
        this.health = health;
        memories.forEach(memory -> memory.askBefore(free));
    }

    /** From now on, only the grower takes memory. Before, each thread that needs memory takes it. */
    void takeOver() {
        memories.forEach(memory -> memory.growAhead(doorbells::memoryShort));
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
        health.memory(problem);
        if (grown) {
            doorbells.spaceMade();
        }
        return grown && !paused;
    }

    @Override
    public long idleNanos() {
        return paused ? PAUSE_NANOS : NEVER;
    }

    @Override
    public Signal signal() {
        return doorbells.memory();
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
