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
 * The process. The launcher knows some things better than the JVM, and passes them as system properties:
 *
 * <ul>
 *   <li>{@code pcachectl.name}: the name that the program was called by
 *   <li>{@code pcachectl.columns}: the width of the terminal that standard output is; absent where standard output is
 *       no terminal
 *   <li>{@code pcachectl.stderr.columns}: the same of standard error
 *   <li>{@code pcachectl.stdout.closed}: true where standard output was closed; the launcher has put /dev/null in its
 *       place
 * </ul>
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
     * The arguments as they were typed, from the kernel. The JVM garbles characters beyond ASCII in the C locale, and
     * bytes that are not UTF-8 in every locale. See {@link ByteText}.
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
            // Each argument ends with a zero byte, so the last element is empty.
            int end = words.size() - 1;
            return words.subList(end - arguments.length, end);
        } catch (IOException | IndexOutOfBoundsException e) {
            return Arrays.asList(arguments);
        }
    }

    // Classes instead of method references here and on the way of quick commands: the first method reference brings up
    // a machinery that costs more than the command.

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
