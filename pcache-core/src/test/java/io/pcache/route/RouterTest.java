package io.pcache.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.request.Request.Op;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every row of the router. */
class RouterTest {
    private static final int HELD = Router.HELD;
    private static final int BUSY = Router.BUSY;
    private static final int VOLATILE = Router.VOLATILE;
    private static final int ALL = HELD | BUSY | VOLATILE;

    /** @param when the facts among {@code looked} that must be given; other facts do not matter */
    private record Row(Op op, CacheMode mode, int looked, int when, Route route) {}

    private static final List<Row> TABLE = new ArrayList<>();

    static {
        for (CacheMode mode : CacheMode.values()) {
            TABLE.add(new Row(Op.READ, mode, HELD | BUSY, HELD, Route.CACHE));
            TABLE.add(new Row(Op.READ, mode, HELD | BUSY, 0, Route.BACKING));
            TABLE.add(new Row(Op.READ, mode, BUSY, BUSY, Route.WAIT));
            TABLE.add(new Row(Op.FLUSH, mode, VOLATILE, 0, Route.CACHE));
            TABLE.add(new Row(Op.FLUSH, mode, VOLATILE, VOLATILE, Route.BOTH));
            TABLE.add(new Row(Op.DISCARD, mode, 0, 0, Route.NOWHERE));
        }
        for (Op op : new Op[] {Op.WRITE, Op.WRITE_ZEROES}) {
            TABLE.add(new Row(op, CacheMode.WRITEBACK, BUSY, 0, Route.CACHE));
            TABLE.add(new Row(op, CacheMode.WRITEBACK, BUSY, BUSY, Route.WAIT));
            TABLE.add(new Row(op, CacheMode.WRITETHROUGH, BUSY, 0, Route.BOTH));
            TABLE.add(new Row(op, CacheMode.WRITETHROUGH, BUSY, BUSY, Route.WAIT));
        }
    }

    @Test
    void routesAsTheTableSays() {
        for (Op op : Op.values()) {
            for (CacheMode mode : CacheMode.values()) {
                for (int facts = 0; facts <= ALL; facts++) {
                    int given = facts;
                    List<Row> rows = TABLE.stream()
                            .filter(row -> row.op() == op && row.mode() == mode && (given & row.looked()) == row.when())
                            .toList();
                    assertThat(rows)
                            .as("%s, %s, facts %d: one row", op, mode, facts)
                            .hasSize(1);
                    assertThat(Router.route(op, mode, facts))
                            .as("%s, %s, facts %d", op, mode, facts)
                            .isEqualTo(rows.get(0).route());
                }
            }
        }
    }

    @Test
    void onlyModesThatWriteToBothNeedBuffersForThat() {
        for (CacheMode mode : CacheMode.values()) {
            assertThat(Router.writesThrough(mode)).isEqualTo(Router.route(Op.WRITE, mode, 0) == Route.BOTH);
            assertThat(CacheMode.of(mode.word())).isEqualTo(mode);
        }
        assertThat(CacheMode.of("write-through")).isNull();
    }
}
