package io.pcache.dmctl.verb;

import io.pcache.dmctl.failure.CommandEnd;
import io.pcache.dmctl.failure.CommandFailure;

/** What a verb does, once its number of operands is right. A new one is made for each command. */
public interface Verb {

    /**
     * @throws CommandFailure when it did not succeed; what was done before stays done
     * @throws CommandEnd when all has been said, and nothing is to be done
     */
    void run(Call call) throws CommandFailure, CommandEnd;
}
