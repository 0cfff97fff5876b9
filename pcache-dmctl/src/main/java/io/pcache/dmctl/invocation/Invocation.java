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
 * Everything that a command takes from its surroundings, so that tests can run a command in-process.
 *
 * @param program the name that the program was called by; messages about wrong options begin with this name
 * @param arguments without the program's name
 * @param environment variables
 * @param directory the folder where relative file names start
 * @param in standard input
 * @param out standard output
 * @param err standard error
 * @param terminal what standard output is
 * @param errorTerminal what standard error is
 * @param registries opens the devices' registry, for a verb that needs the registry
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
     * @param present whether the stream is a terminal
     * @param columns the width of the terminal; 0 where unknown
     */
    public record Terminal(boolean present, int columns) {
        public static final Terminal NONE = new Terminal(false, 0);
    }

    /** Opens the registry of devices. */
    public interface RegistrySource {
        Registry open() throws ControlException;
    }

    /** Runs another command to its end, with the standard input, output and error of this process. */
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
