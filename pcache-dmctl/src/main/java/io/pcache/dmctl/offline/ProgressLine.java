package io.pcache.dmctl.offline;

import io.pcache.offline.Progress;
import java.io.PrintStream;

/** A bar on a terminal, drawn anew a few times a second once work takes longer than that; nothing elsewhere. */
final class ProgressLine implements Progress, AutoCloseable {
    private static final long INTERVAL_NANOS = 200_000_000L;
    private static final int DEFAULT_COLUMNS = 80;
    private static final int TEXT_COLUMNS = 24;

    private final PrintStream terminal;
    private final int columns;
    private long next = System.nanoTime() + INTERVAL_NANOS;
    private boolean drawn;

    /** @param terminal null for none */
    ProgressLine(PrintStream terminal, int columns) {
        this.terminal = terminal;
        this.columns = columns > 0 ? columns : DEFAULT_COLUMNS;
    }

    @Override
    public void at(String what, long done, long total) {
        if (terminal == null || System.nanoTime() - next < 0) {
            return;
        }
        next = System.nanoTime() + INTERVAL_NANOS;
        drawn = true;
        terminal.print("\r" + line(what, done, total, columns - 1) + "\033[K");
        terminal.flush();
    }

    static String line(String what, long done, long total, int columns) {
        if (total <= 0) {
            return what;
        }
        int percent = (int) Math.min(100, done * 100.0 / total);
        int width = Math.max(0, columns - TEXT_COLUMNS);
        int full = width * percent / 100;
        return String.format("%-14s %3d%% [%s%s]", what, percent, "#".repeat(full), " ".repeat(width - full));
    }

    /** Wipes it. */
    @Override
    public void close() {
        if (drawn) {
            terminal.print("\r\033[K");
            terminal.flush();
            drawn = false;
        }
    }
}
