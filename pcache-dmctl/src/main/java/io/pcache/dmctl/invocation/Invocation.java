package io.pcache.dmctl.invocation;

import io.pcache.control.ControlException;
import io.pcache.control.Registry;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Everything a command takes from its surroundings, so that tests can run one in-process.
 *
 * @param program the name it was called by; begins the messages about wrong options
 * @param arguments without the program's name
 * @param environment variables
 * @param directory relative file names start here
 * @param in standard input
 * @param out standard output
 * @param err standard error
 * @param terminal what standard output is
 * @param errorTerminal what standard error is
 * @param registries opens the devices' registry, when a verb needs it
 * @param processes runs other commands
 */
public record Invocation(
        String program,
        List<String> arguments,
        Map<String, String> environment,
        Path directory,
        InputStream in,
        PrintStream out,
        PrintStream err,
        Terminal terminal,
        Terminal errorTerminal,
        RegistrySource registries,
        ProcessRunner processes) {

    /**
     * What a stream is.
     *
     * @param present whether it is a terminal
     * @param columns its width; 0 where unknown
     */
    public record Terminal(boolean present, int columns) {
        public static final Terminal NONE = new Terminal(false, 0);
    }

    /** Opens the registry of devices. */
    public interface RegistrySource {
        Registry open() throws ControlException;
    }

    /** Runs a command to its end, with the standard input, output and error of this one. */
    public interface ProcessRunner {
        void run(List<String> command) throws IOException, InterruptedException;
    }

    /** Another command in the same surroundings. */
    public Invocation with(List<String> otherArguments) {
        return new Invocation(
                program,
                otherArguments,
                environment,
                directory,
                in,
                out,
                err,
                terminal,
                errorTerminal,
                registries,
                processes);
    }
}
