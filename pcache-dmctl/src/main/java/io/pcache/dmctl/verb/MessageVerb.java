package io.pcache.dmctl.verb;

import io.pcache.control.TableHelp;
import io.pcache.dmctl.device.NamedDevice;
import io.pcache.dmctl.failure.CommandFailure;
import java.util.List;

/** {@code message}: sends words to the target that is behind a sector. */
final class MessageVerb implements Verb {
    @Override
    public void run(Call call) throws CommandFailure {
        // With -u or -j -m there is no name among the operands.
        boolean selected = call.options().selectsDevice();
        NamedDevice device = selected
                ? call.devices().bySelection(call.options())
                : call.devices().byOperand(call.operand(0));
        int first = selected ? 0 : 1;
        long sector = sector(call.operand(first));
        List<String> words = call.operands().subList(first + 1, call.operands().size());
        if (words.isEmpty()) {
            call.remark("No message supplied.");
        }
        device.message(sector, String.join(" ", words));
    }

    private static CommandFailure invalid(String text) {
        return new CommandFailure(
                "Invalid sector.",
                "pcache: " + TableHelp.quoted(text)
                        + " stands where a sector belongs, 0 for a device of one line, for example: pcachectl "
                        + "message demo 0 gc_percent 70");
    }

    /** Reads a sector as strtoull does: blanks and a sign may come first, and a negative number wraps. */
    private static long sector(String text) throws CommandFailure {
        String number = text.stripLeading();
        boolean negative = number.startsWith("-");
        String digits = negative || number.startsWith("+") ? number.substring(1) : number;
        boolean decimal = !digits.isEmpty();
        for (int i = 0; i < digits.length(); i++) {
            decimal &= digits.charAt(i) >= '0' && digits.charAt(i) <= '9';
        }
        try {
            if (decimal) {
                long sector = Long.parseUnsignedLong(digits);
                return negative ? -sector : sector;
            }
        } catch (NumberFormatException e) {
            throw invalid(text);
        }
        throw invalid(text);
    }
}
