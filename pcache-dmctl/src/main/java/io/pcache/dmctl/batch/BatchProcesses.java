package io.pcache.dmctl.batch;

import io.pcache.dmctl.invocation.Invocation;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.List;

/** Runs commands with an empty standard input. Their output goes to the streams of the batch's command. */
record BatchProcesses(PrintStream out, PrintStream err) implements Invocation.ProcessRunner {
    @Override
    public void run(List<String> command) throws IOException, InterruptedException {
        out.flush();
        Process process =
                new ProcessBuilder(command).redirectInput(new File("/dev/null")).start();
        Thread errors = new Thread(() -> copy(process.getErrorStream(), err), "errors of " + command.get(0));
        errors.start();
        copy(process.getInputStream(), out);
        errors.join();
        process.waitFor();
    }

    private static void copy(InputStream from, PrintStream to) {
        try {
            from.transferTo(to);
        } catch (IOException e) {
            // A print stream does not fail. So the process has ended in the middle, and its other output tells of the
            // end.
            return;
        }
    }
}
