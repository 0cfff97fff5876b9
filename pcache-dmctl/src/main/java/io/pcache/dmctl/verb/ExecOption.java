package io.pcache.dmctl.verb;

import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.grammar.Option;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code --exec}: a command that is run on a device's node. Split at blanks; no quoting and no shell. Its own failure
 * does not matter.
 */
final class ExecOption {
    private ExecOption() {}

    /** @throws CommandFailure when there is no command in the option, or waiting for it was interrupted */
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
            // Elsewhere dmsetup's own lines come after those of the commands: its output is buffered until it ends.
            call.out().flush();
        }
        try {
            call.invocation().processes().run(command);
        } catch (IOException e) {
            // dmsetup's child ends in silence when the command cannot be run.
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure();
        }
    }
}
