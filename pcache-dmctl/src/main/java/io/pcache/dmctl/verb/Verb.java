package io.pcache.dmctl.verb;

import io.pcache.dmctl.failure.CommandEnd;
import io.pcache.dmctl.failure.CommandFailure;

/** The work of a verb, for a call with a right number of operands. A new object is made for each command. */
public interface Verb {

    /**
     * @throws CommandFailure when the verb did not succeed; what was done before stays done
     * @throws CommandEnd when everything has been said, and nothing is to be done
     */
    void run(Call call) throws CommandFailure, CommandEnd;
}
