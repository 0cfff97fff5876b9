package io.pcache.dmctl.verb;

import io.pcache.control.DeviceInfo;
import io.pcache.dmctl.device.NamedDevice;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.grammar.Option;

/** {@code wait}: waits until a device's event number differs from a given number, or the device is removed. */
final class WaitVerb implements Verb {
    @Override
    public void run(Call call) throws CommandFailure {
        // With -u or -j -m there is no name among the operands.
        boolean selected = call.options().selectsDevice();
        int named = selected ? 0 : 1;
        if (call.operands().size() < named) {
            throw call.noDevice();
        }
        NamedDevice device = selected
                ? call.devices().bySelection(call.options())
                : call.devices().byOperand(call.operand(0));
        device.waitEvent(
                call.operands().size() > named
                        ? leadingNumber(call.operand(call.operands().size() - 1))
                        : 0);
        if (call.has(Option.VERBOSE)) {
            DeviceInfo info = device.infoIfPresent(call.has(Option.INACTIVE));
            if (info != null) {
                InfoBlock.print(call, info);
            }
        }
    }

    /** The number that a text begins with; 0 where the text begins with no number. */
    private static long leadingNumber(String text) {
        String stripped = text.stripLeading();
        boolean negative = stripped.startsWith("-");
        long number = 0;
        for (int i = negative || stripped.startsWith("+") ? 1 : 0; i < stripped.length(); i++) {
            char c = stripped.charAt(i);
            if (c < '0' || c > '9') {
                break;
            }
            number = number * 10 + c - '0';
        }
        // Event numbers have 32 bits.
        return (negative ? -number : number) & 0xffff_ffffL;
    }
}
