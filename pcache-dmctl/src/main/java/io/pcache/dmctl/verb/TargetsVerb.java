package io.pcache.dmctl.verb;

import io.pcache.control.ControlException;
import io.pcache.control.JsonCodec;
import io.pcache.control.JsonObject;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.failure.IoctlFailure;
import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.grammar.VerbName;
import io.pcache.sys.Errno;
import java.util.ArrayList;
import java.util.List;

/** {@code targets} and {@code target-version}. */
final class TargetsVerb implements Verb {
    /** The newest type first. The versions are those of the kernel's targets that ours behave as. */
    private enum TargetType {
        PCACHE("pcache", "0.1.0"),
        ZERO("zero", "1.2.0"),
        ERROR("error", "1.7.0");

        private final String word;
        private final String version;

        TargetType(String word, String version) {
            this.word = word;
            this.version = version;
        }
    }

    private final VerbName name;

    TargetsVerb(VerbName name) {
        this.name = name;
    }

    @Override
    public void run(Call call) throws CommandFailure {
        List<JsonObject> objects = new ArrayList<>();
        if (name == VerbName.TARGETS) {
            for (TargetType type : TargetType.values()) {
                show(call, type, objects);
            }
        }
        for (String operand : call.operands()) {
            show(call, find(operand), objects);
        }
        if (call.has(Option.JSON)) {
            call.out().print(JsonCodec.textForPeople(objects));
        }
    }

    private static void show(Call call, TargetType type, List<JsonObject> objects) {
        if (call.has(Option.JSON)) {
            objects.add(new JsonObject().put("name", type.word).put("version", type.version));
        } else {
            call.out().println(type.word + " ".repeat(16 - type.word.length()) + " v" + type.version);
        }
    }

    private static TargetType find(String word) throws CommandFailure {
        for (TargetType type : TargetType.values()) {
            if (type.word.equals(word)) {
                return type;
            }
        }
        throw IoctlFailure.of(
                "target-version",
                word,
                "",
                new ControlException(Errno.EINVAL, "pcache: " + word + ": unknown target type"));
    }
}
