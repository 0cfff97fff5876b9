package io.pcache.dmctl.batch;

import io.pcache.control.ByteText;
import io.pcache.control.JsonCodec;
import io.pcache.control.JsonObject;
import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.grammar.UsageText;
import io.pcache.dmctl.grammar.VerbName;
import io.pcache.dmctl.invocation.Invocation;
import io.pcache.dmctl.invocation.Invocation.Terminal;
import io.pcache.dmctl.invocation.StandardOutput;
import io.pcache.dmctl.options.OptionException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.text.ParseException;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * {@code --batch}: runs commands from standard input, one a line. Each command is answered before the next line is
 * read, and streams are flushed after each answer, so that another program can talk to this one. After a command that
 * fails, the other commands are still run.
 */
public final class BatchCommand {
    /** Longer than any table line with two paths; an endless line must not fill the memory. */
    private static final int MAX_LINE_BYTES = 1 << 20;

    private final Invocation invocation;
    private final ToIntFunction<Invocation> program;
    private final boolean json;
    private final boolean stopOnError;
    private final InputStream in;
    private long lines;

    private BatchCommand(Invocation invocation, ToIntFunction<Invocation> program) {
        this.invocation = invocation;
        this.program = program;
        this.json = isGiven(Option.JSON);
        this.stopOnError = isGiven(Option.STOP_ON_ERROR);
        this.in = new BufferedInputStream(invocation.in());
    }

    private boolean isGiven(Option option) {
        return invocation.arguments().contains("--" + option.longName());
    }

    /**
     * Runs the batch.
     *
     * @param invocation the command; its first argument is {@code --batch}
     * @param program runs a command; returns its exit status
     * @return the exit status of the first command that failed; 0 where none did
     * @throws OptionException for an argument that the batch does not take
     */
    public static int run(Invocation invocation, ToIntFunction<Invocation> program) throws OptionException {
        for (String argument :
                invocation.arguments().subList(1, invocation.arguments().size())) {
            if (argument.equals("-h") || argument.equals("--help")) {
                UsageText.print(invocation.program(), VerbName.BATCH, invocation.out());
                return 0;
            }
            Option option = argument.startsWith("--") ? Option.ofName(argument.substring(2)) : null;
            if (option == null || !VerbName.BATCH.takes(option)) {
                throw new OptionException("--batch takes --json and --stop-on-error, not '"
                        + ByteText.printable(argument) + "': commands come from standard input, one a line.");
            }
        }
        try {
            return new BatchCommand(invocation, program).run();
        } catch (IOException e) {
            invocation.err().println(invocation.program() + ": --batch: cannot read standard input: " + e.getMessage());
            return 1;
        }
    }

    private int run() throws IOException {
        int first = 0;
        for (String line = readLine(); line != null; line = readLine()) {
            lines++;
            int status = answer(line);
            first = first == 0 ? status : first;
            if (status != 0 && stopOnError || invocation.out().checkError()) {
                break;
            }
        }
        return first;
    }

    /** The next line without its newline; the last line may lack a newline. Null where there are no more lines. */
    private String readLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int next = in.read();
        if (next < 0) {
            return null;
        }
        for (; next >= 0 && next != '\n'; next = in.read()) {
            // The line stays too long, and is refused when its end has come.
            if (line.size() <= MAX_LINE_BYTES) {
                line.write(next);
            }
        }
        return ByteText.decode(line.toByteArray());
    }

    private int answer(String line) {
        if (!json) {
            int status = run(
                    line,
                    new Invocation(
                            invocation.program(),
                            List.of(),
                            invocation.environment(),
                            invocation.directory(),
                            new NoInput(),
                            invocation.out(),
                            invocation.err(),
                            invocation.terminal(),
                            invocation.errorTerminal(),
                            invocation.registries(),
                            new BatchProcesses(invocation.out(), invocation.err())));
            invocation.out().flush();
            invocation.err().flush();
            return Math.max(status, 0);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        StandardOutput toOut = new StandardOutput(out, 1024, false);
        StandardOutput toErr = new StandardOutput(err, 1024, false);
        int status = run(
                line,
                new Invocation(
                        invocation.program(),
                        List.of(),
                        invocation.environment(),
                        invocation.directory(),
                        new NoInput(),
                        toOut,
                        toErr,
                        Terminal.NONE,
                        Terminal.NONE,
                        invocation.registries(),
                        new BatchProcesses(toOut, toErr)));
        toOut.flush();
        toErr.flush();
        if (status >= 0) {
            JsonObject answer = new JsonObject()
                    .put("line", lines)
                    .put("command", ByteText.printable(line.strip()))
                    .put("status", status)
                    .put("stdout", text(out))
                    .put("stderr", text(err));
            byte[] frame = JsonCodec.frame(answer);
            invocation.out().write(frame, 0, frame.length);
            invocation.out().flush();
        }
        return Math.max(status, 0);
    }

    private static String text(ByteArrayOutputStream bytes) {
        return ByteText.printable(ByteText.decode(bytes.toByteArray()));
    }

    /** @return the command's exit status; -1 where the line has no command */
    private int run(String line, Invocation surroundings) {
        try {
            if (line.length() > MAX_LINE_BYTES) {
                throw new ParseException("longer than " + MAX_LINE_BYTES + " bytes", 0);
            }
            List<String> words = ShellWords.split(line);
            if (words.isEmpty()) {
                return -1;
            }
            if (words.get(0).equals(VerbName.BATCH.word())) {
                throw new ParseException("a batch cannot hold another one", 0);
            }
            return program.applyAsInt(surroundings.with(words));
        } catch (ParseException e) {
            surroundings.err().println(invocation.program() + ": --batch: line " + lines + ": " + e.getMessage());
            return 1;
        }
    }

    /** Standard input of a command. Without this stream, a command could read the lines that follow as its table. */
    private static final class NoInput extends InputStream {
        @Override
        public int read() throws IOException {
            throw new IOException(
                    "it has the commands of the batch; give a file, or create and load the table by --table");
        }
    }
}
