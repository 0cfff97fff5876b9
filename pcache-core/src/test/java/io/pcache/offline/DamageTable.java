package io.pcache.offline;

import io.pcache.KeptTable;
import io.pcache.cache.Progress;
import io.pcache.log.Key;
import io.pcache.log.KeySetReader;
import io.pcache.log.LogWalk;
import io.pcache.memory.CacheMemory;
import io.pcache.metadata.DuplicatedRecord;
import io.pcache.metadata.DuplicatedRecord.CopyState;
import io.pcache.metadata.RecordKind;
import io.pcache.metadata.Superblock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What the tools say of each kind of damage. */
final class DamageTable {
    private static final int MOST = 3;
    private static final KeptTable TABLE = new KeptTable("damage", """
        Kinds of damage done to caches that the kernel target wrote (which one stands in brackets), and what the tools say.

        """);

    private final List<String> lines = new ArrayList<>();

    DamageTable(String damage) {
        lines.add(damage);
    }

    private void say(String tool, String text) {
        lines.add(String.format("  %-10s %s", tool, text));
    }

    private void say(String tool, List<String> texts) {
        texts.stream().limit(MOST).forEach(text -> say(tool, text));
        if (texts.size() > MOST) {
            say(tool, "and " + (texts.size() - MOST) + " more");
        }
    }

    /** Notes what check finds, and what repair does about it. */
    void report(CheckReport report) {
        for (Map.Entry<Problem, Long> problem : report.counts().entrySet()) {
            Finding first = report.findings().stream()
                    .filter(finding -> finding.problem() == problem.getKey())
                    .findFirst()
                    .orElseThrow();
            say(
                    "check",
                    problem.getKey().severity().name().toLowerCase(Locale.ROOT) + ": "
                            + problem.getKey().code() + ": " + first
                            + (problem.getValue() > 1 ? "; and " + (problem.getValue() - 1) + " more" : ""));
        }
        say(
                "repair",
                report.mends().isEmpty()
                        ? List.of("nothing can be done without putting data at risk")
                        : report.mends().stream().map(Mend::description).toList());
    }

    /** Notes what dump shows. */
    void dump(CheckReport report, CacheMemory device) throws IOException {
        Counts counts = new Counts();
        new CacheDump(report, device, counts, Progress.NONE).run();
        say("dump", counts.toString());
    }

    void writeBack(WriteBackReport report) {
        say("writeback", report.keys() + " keys, " + report.bytes() + " bytes");
        say(
                "writeback",
                report.skipped().stream()
                        .map(skipped -> "left out: " + skipped.length() + " bytes at " + skipped.offset() + ": "
                                + skipped.reason())
                        .toList());
    }

    void refused(OfflineException e) {
        say("writeback", "refused: " + e.getMessage());
    }

    void keep() {
        TABLE.add(String.join("\n", lines));
    }

    static void close(int all) throws IOException {
        TABLE.close(all);
    }

    private static final class Counts implements CacheDump.Visitor {
        private int copies;
        private int damagedCopies;
        private long keySets;
        private long keys;
        private String superblock = "superblock damaged";
        private String end = "no log";

        @Override
        public void superblock(Superblock found, boolean intact) {
            superblock = intact ? "superblock" : superblock;
        }

        @Override
        public void copy(RecordKind kind, int segment, int copy, CopyState state, DuplicatedRecord record) {
            copies++;
            damagedCopies += state == CopyState.VALID ? 0 : 1;
        }

        @Override
        public void log(CheckReport report) {}

        @Override
        public void keySet(KeySetReader keySet) {
            keySets++;
        }

        @Override
        public void key(Key key, KeyState state, long place) {
            keys++;
        }

        @Override
        public void end(long position, long deviceOffset, LogWalk.End ending, ByteBuffer bytes) {
            end = "the log ends at byte " + deviceOffset + " ("
                    + (ending == null ? "circle" : ending.name().toLowerCase(Locale.ROOT)) + ")";
        }

        @Override
        public void behindDamage(KeySetRun run) {}

        @Override
        public void done() {}

        @Override
        public String toString() {
            return superblock + ", " + copies + " copies of structures (" + damagedCopies + " damaged), " + keySets
                    + " key-sets, " + keys + " keys; " + end;
        }
    }
}
