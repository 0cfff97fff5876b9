package io.pcache.crash;

/** Tells what a run does, step by step, if {@code -Dpcache.crash.trace=true} asks for it: for a seed that fails. */
final class Trace {
    private static final boolean ON = Boolean.getBoolean("pcache.crash.trace");
    private static int depth;

    private Trace() {}

    static void say(String what, Object... arguments) {
        if (ON) {
            System.out.println("  ".repeat(depth) + String.format(what, arguments));
        }
    }

    /** Indents: the next lines happen within the step that was told last. */
    static void in() {
        depth++;
    }

    static void out() {
        depth--;
    }
}
