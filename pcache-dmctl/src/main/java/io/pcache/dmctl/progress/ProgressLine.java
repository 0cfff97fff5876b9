package io.pcache.dmctl.progress;

import io.pcache.cache.Progress;
import io.pcache.dmctl.invocation.Invocation;
import io.pcache.dmctl.invocation.Invocation.Terminal;
import java.io.PrintStream;

/**
 * A bar on standard error, without colours. Once work has taken half a second, the bar is drawn anew a few times a
 * second. Where standard error is no terminal, or a terminal that cannot wipe a line (TERM=dumb), nothing is drawn. For
 * one thread.
 */
public final class ProgressLine implements Progress, AutoCloseable {
    public static final long FIRST_NANOS = 500_000_000L;
    public static final long INTERVAL_NANOS = 200_000_000L;
    private static final int DEFAULT_COLUMNS = 80;
    private static final int TEXT_COLUMNS = 24;
    /** Columns for all but the words and the bar: the percentage, the bar's ends, two to spare. */
    private static final int BAR_TEXT_COLUMNS = 10;

    private final PrintStream terminal;
    private final int columns;
    private long next = System.nanoTime() + FIRST_NANOS;
    private boolean drawn;

    /** The bar of a command, on the command's standard error. */
    public static ProgressLine of(Invocation invocation) {
        Terminal terminal = invocation.errorTerminal();
        return new ProgressLine(isDrawnFor(invocation) ? invocation.err() : null, terminal.columns());
    }

    /** Whether anybody would see the bar. */
    public static boolean isDrawnFor(Invocation invocation) {
        return invocation.errorTerminal().present()
                && !invocation.environment().getOrDefault("TERM", "").equals("dumb");
    }

    /** @param terminal null to draw nothing */
    private ProgressLine(PrintStream terminal, int columns) {
        this.terminal = terminal;
        this.columns = columns > 0 ? columns : DEFAULT_COLUMNS;
    }

    @Override
    public void at(String what, long done, long total) {
        if (terminal == null || System.nanoTime() - next < 0) {
            return;
        }
        draw(what, done, total);
    }

    /** Draws the bar now, however short the time since the last drawing is. */
    void draw(String what, long done, long total) {
        next = System.nanoTime() + INTERVAL_NANOS;
        drawn = true;
        terminal.print("\r" + line(what, done, total, columns - 1) + "\033[K");
        terminal.flush();
    }

    /** The text of a bar, without the characters that move the cursor. */
    public static String line(String what, long done, long total, int columns) {
        String text = what;
        if (total > 0) {
            int percent = (int) Math.min(100, done * 100.0 / total);
            int width = Math.max(0, columns - Math.max(TEXT_COLUMNS, what.length() + BAR_TEXT_COLUMNS));
            int full = width * percent / 100;
            text = String.format("%-14s %3d%% [%s%s]", what, percent, "#".repeat(full), " ".repeat(width - full));
        }
        // A bar that breaks over two lines could not be wiped.
        return text.substring(0, Math.min(text.length(), columns));
    }

    /** Wipes the bar. */
    @Override
    public void close() {
        if (drawn) {
            terminal.print("\r\033[K");
            terminal.flush();
            drawn = false;
        }
    }
}
