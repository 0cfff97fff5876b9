package io.pcache.state;

import java.util.Objects;

/** What is wrong with a cache, if anything: one line each for write-back and GC, told to {@link CacheEvents} when it changes. */
public final class Health {
    private final CacheEvents events;
    private volatile String writeBackProblem;
    private volatile String gcProblem;

    public Health(CacheEvents events) {
        this.events = events;
    }

    public CacheEvents events() {
        return events;
    }

    /** @param problem null when write-back works */
    public void writeBack(CacheEvents.Kind kind, String problem) {
        if (!Objects.equals(problem, writeBackProblem)) {
            writeBackProblem = problem;
            tell(kind, problem, "write-back works again");
        }
    }

    /** @param problem null when garbage collection works */
    public void gc(CacheEvents.Kind kind, String problem) {
        if (!Objects.equals(problem, gcProblem)) {
            gcProblem = problem;
            tell(kind, problem, "garbage collection works again");
        }
    }

    private void tell(CacheEvents.Kind kind, String problem, String recovered) {
        if (problem == null) {
            events.event(CacheEvents.Kind.RECOVERED, recovered);
        } else {
            events.event(kind, problem);
        }
    }

    /** Why write-back stands still; null if it does not. */
    public String writeBackProblem() {
        return writeBackProblem;
    }

    /** Why garbage collection stands still; null if it does not. */
    public String gcProblem() {
        return gcProblem;
    }
}
