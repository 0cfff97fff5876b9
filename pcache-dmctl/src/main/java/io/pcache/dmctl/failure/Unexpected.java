package io.pcache.dmctl.failure;

import io.pcache.control.ByteText;
import java.nio.file.InvalidPathException;

/** What is said of a failure that no command foresees: one line, which tells a developer where the failure happened. */
public final class Unexpected {
    private Unexpected() {}

    /** Without the program's name. */
    public static String text(Throwable failure) {
        if (failure instanceof InvalidPathException path) {
            String reason = ByteText.isUtf8(path.getInput()) ? path.getReason() : "it holds bytes that are not UTF-8";
            return ByteText.printable(path.getInput()) + ": cannot be the name of a file: " + reason;
        }
        StackTraceElement[] stack = failure.getStackTrace();
        return "internal error, please report it: " + failure + (stack.length == 0 ? "" : " at " + stack[0]);
    }
}
