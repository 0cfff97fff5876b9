package io.pcache.dmctl.verb;

import io.pcache.dmctl.failure.CommandFailure;

/** {@code setgeometry}: takes cylinders, heads, sectors and start of an old disk. */
final class SetgeometryVerb implements Verb {
    @Override
    public void run(Call call) throws CommandFailure {
        call.devices()
                .byOperand(call.operand(0))
                .setGeometry(String.join(" ", call.operands().subList(1, 5)));
    }
}
