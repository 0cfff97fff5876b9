package io.pcache.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.clock.Clock;
import io.pcache.invariant.Invariant;
import io.pcache.memory.CacheMemoryException;
import io.pcache.request.Request;
import io.pcache.stats.CacheStats;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class JoinTest {
    private final List<Invariant> broken = new ArrayList<>();
    private final Join join = new Join(new CacheStats(16, Clock.SYSTEM).openQueue(), (invariant, detail) -> {
        broken.add(invariant);
        return new CacheMemoryException(detail);
    });
    private int ends;
    private int result;
    private final Request request = new Request() {
        @Override
        protected void completed(int completion) {
            ends++;
            result = completion;
        }
    };

    @Test
    void aRequestEndsWithTheLastOfItsLegsAndTheFirstError() {
        join.begin(request.prepare(Request.Op.READ, 0, 4096, false, null));
        join.begins(request);
        join.ends(request, -5);
        assertThat(ends).isZero();
        join.ends(request, -22);
        assertThat(ends).isEqualTo(1);
        assertThat(result).isEqualTo(-5);
        assertThat(join.inFlight()).isZero();
    }

    @Test
    void aRequestThatEndsTwiceIsNotCompletedTwice() {
        join.begin(request.prepare(Request.Op.READ, 0, 4096, false, null));
        join.ends(request, 0);
        join.ends(request, 0);
        assertThat(broken).containsExactly(Invariant.COMPLETED_ONCE);
        assertThat(ends).isEqualTo(1);
        assertThat(join.inFlight()).isZero();
    }
}
