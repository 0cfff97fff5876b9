package io.pcache.dmctl.verb;

import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.grammar.Option;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code --exec}: a command that is run on a device's node. The text is split at blanks, without quoting and without a
 * shell. A failure of the command does not matter.
 */
final class ExecOption {
    private ExecOption() {}

    /** @throws CommandFailure when the option holds no command, or the wait for the command was interrupted */
    static void run(Call call, String shownName) throws CommandFailure {
        List<String> command = new ArrayList<>();
        for (String word : call.options().value(Option.EXEC).split("[ \\t\\n]+")) {
            if (!word.isEmpty()) {
                command.add(word);
            }
        }
        if (command.isEmpty()) {
            throw new CommandFailure();
        }
        command.add(call.nodes().nodeText(shownName));
        if (call.invocation().terminal().present()) {
            // On a terminal, lines come in their order. Elsewhere dmsetup's own lines come after those of the commands,
            // because dmsetup buffers its output to the end.
            call.out().flush();
        }
        try {
            call.invocation().processes().run(command);
        } catch (IOException e) {
            // When the command cannot be run, dmsetup's child ends in silence.
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure();
        }
    }
}
