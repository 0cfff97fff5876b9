package io.pcache.dmctl.verb;

import io.pcache.dmctl.failure.CommandEnd;
import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.grammar.UsageText;
import io.pcache.dmctl.grammar.VerbName;
import io.pcache.dmctl.report.FieldList;

/**
 * {@code help}: prints all verbs on standard error, as dmsetup does. A verb that was asked for is printed on standard
 * output.
 */
final class HelpVerb implements Verb {
    @Override
    public void run(Call call) throws CommandEnd {
        if (call.operand(0) != null) {
            UsageText.print(call.invocation().program(), VerbName.of(call.operand(0)), call.out());
            return;
        }
        if (call.has(Option.COLUMNS)) {
            DeviceReport.of(call);
        }
        UsageText.print(call.invocation().program(), call.err());
        if (call.has(Option.COLUMNS)) {
            new FieldList(call.err(), DeviceReport.GROUPS).print();
        }
    }
}
