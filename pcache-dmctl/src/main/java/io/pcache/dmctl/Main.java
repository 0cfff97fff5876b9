package io.pcache.dmctl;

import io.pcache.control.ByteText;
import io.pcache.control.ControlException;
import io.pcache.control.Registry;
import io.pcache.dmctl.invocation.Invocation;
import io.pcache.dmctl.invocation.Invocation.Terminal;
import io.pcache.dmctl.invocation.StandardOutput;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The program. What the launcher knows better than the JVM comes in system properties: {@code pcachectl.name} (as it
 * was called), {@code pcachectl.columns} (of the terminal that standard output is; absent where it is none),
 * {@code pcachectl.stderr.columns} (likewise), {@code pcachectl.stdout.closed} (true where it was: the launcher has put
 * /dev/null in its place).
 */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        int status = run(arguments);
        // Nothing is left to be done at exit, and waiting for the JVM to wind down takes a third of a quick command's
        // time.
        Runtime.getRuntime().halt(status);
    }

    /** Runs a command with the streams of the process; returns the exit status. */
    public static int run(String[] arguments) {
        PrintStream out = Boolean.getBoolean("pcachectl.stdout.closed")
                ? StandardOutput.closed()
                : stream(FileDescriptor.out, 8192);
        PrintStream err = stream(FileDescriptor.err, 512);
        Invocation invocation = new Invocation(
                System.getProperty("pcachectl.name", "pcachectl"),
                decoded(arguments),
                System.getenv(),
                Path.of(""),
                System.in,
                out,
                err,
                terminal("pcachectl.columns"),
                terminal("pcachectl.stderr.columns"),
                new StandardRegistry(),
                new InheritingProcesses());
        return Pcachectl.run(invocation);
    }

    private static PrintStream stream(FileDescriptor descriptor, int bufferBytes) {
        return new StandardOutput(new FileOutputStream(descriptor), bufferBytes, descriptor == FileDescriptor.err);
    }

    private static Terminal terminal(String property) {
        String columns = System.getProperty(property);
        if (columns == null) {
            return Terminal.NONE;
        }
        try {
            return new Terminal(true, columns.isEmpty() ? 0 : Integer.parseInt(columns));
        } catch (NumberFormatException e) {
            return new Terminal(true, 0);
        }
    }

    /**
     * The JVM garbles arguments beyond ASCII in the C locale, and bytes that are not UTF-8 in any; the kernel has them
     * as they were typed. See {@link ByteText}.
     */
    private static List<String> decoded(String[] arguments) {
        boolean plain = true;
        for (String argument : arguments) {
            for (int i = 0; i < argument.length(); i++) {
                plain &= argument.charAt(i) < 0x80;
            }
        }
        if (plain) {
            return Arrays.asList(arguments);
        }
        try {
            String all = ByteText.decode(Files.readAllBytes(Path.of("/proc/self/cmdline")));
            List<String> words = new ArrayList<>(List.of(all.split("\0", -1)));
            // Each ends with a zero byte, so the last word is what follows the last of them.
            int end = words.size() - 1;
            return words.subList(end - arguments.length, end);
        } catch (IOException | IndexOutOfBoundsException e) {
            return Arrays.asList(arguments);
        }
    }

    // Classes instead of method references here and on the way of quick commands: those bring up a machinery that costs
    // more than the command.

    private static final class StandardRegistry implements Invocation.RegistrySource {
        @Override
        public Registry open() throws ControlException {
            return Registry.standard();
        }
    }

    private static final class InheritingProcesses implements Invocation.ProcessRunner {
        @Override
        public void run(List<String> command) throws IOException, InterruptedException {
            new ProcessBuilder(command).inheritIO().start().waitFor();
        }
    }
}
