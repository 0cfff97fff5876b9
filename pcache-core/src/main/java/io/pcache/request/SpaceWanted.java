package io.pcache.request;

/** Told when a write finds no room. Called on a queue's thread; must not block. */
@FunctionalInterface
public interface SpaceWanted {
    /** @param first whether no other queue was waiting for room */
    void ring(boolean first);
}
