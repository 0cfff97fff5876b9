package io.pcache.dmctl.verb;

import io.pcache.control.JsonCodec;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.grammar.VerbName;
import io.pcache.dmctl.options.Cookie;
import java.io.IOException;
import java.util.List;

/**
 * The verbs on udev cookies. No udev daemon is waited for here, so there are no cookies. Scripts find the answers of a
 * system without a udev daemon.
 */
final class UdevVerb implements Verb {
    private static final int FLAGS_SHIFT = 16;
    private static final String[] FLAGS = {
        "DM_UDEV_DISABLE_DM_RULES_FLAG",
        "DM_UDEV_DISABLE_SUBSYSTEM_RULES_FLAG",
        "DM_UDEV_DISABLE_DISK_RULES_FLAG",
        "DM_UDEV_DISABLE_OTHER_RULES_FLAG",
        "DM_UDEV_LOW_PRIORITY_FLAG",
        "DM_UDEV_DISABLE_LIBRARY_FALLBACK_FLAG",
        "DM_UDEV_PRIMARY_SOURCE_FLAG",
        null,
        "DM_SUBSYSTEM_UDEV_FLAG0",
        "DM_SUBSYSTEM_UDEV_FLAG1",
        "DM_SUBSYSTEM_UDEV_FLAG2",
        "DM_SUBSYSTEM_UDEV_FLAG3",
        "DM_SUBSYSTEM_UDEV_FLAG4",
        "DM_SUBSYSTEM_UDEV_FLAG5",
        "DM_SUBSYSTEM_UDEV_FLAG6",
        "DM_SUBSYSTEM_UDEV_FLAG7"
    };
    private static final String PREFIX = "3405 (0xd4d)";

    private final VerbName name;

    UdevVerb(VerbName name) {
        this.name = name;
    }

    @Override
    public void run(Call call) throws CommandFailure {
        switch (name) {
            case UDEVCOOKIES ->
                call.out()
                        .print(
                                call.has(Option.JSON)
                                        ? JsonCodec.textForPeople(List.of())
                                        : "Cookie       Semid      Value      Last semop time           Last "
                                                + "change time\n");
            case UDEVRELEASECOOKIE -> release(call);
            case UDEVFLAGS -> flags(call);
            case UDEVCOMPLETE -> {
                String text = "0x" + Long.toHexString(cookie(call.operand(0)));
                call.out().println("DM_COOKIE_COMPLETED=" + text + " ".repeat(Math.max(0, 12 - text.length())));
            }
            case UDEVCOMPLETE_ALL -> completeAll(call);
            default -> {
                // UDEVCREATECOOKIE prints nothing: a cookie is only made where a daemon would use the cookie.
            }
        }
    }

    private static void release(Call call) throws CommandFailure {
        String given = call.operand(0) != null
                ? call.operand(0)
                : call.invocation().environment().get("DM_UDEV_COOKIE");
        if (given == null) {
            throw new CommandFailure("No udev transaction cookie given.");
        }
        cookie(given);
    }

    private static void flags(Call call) throws CommandFailure {
        long flags = cookie(call.operand(0)) >> FLAGS_SHIFT;
        for (int i = 0; i < FLAGS.length; i++) {
            if (FLAGS[i] != null && (flags >> i & 1) != 0) {
                call.out().println(FLAGS[i] + "='1'");
            }
        }
    }

    private static void completeAll(Call call) throws CommandFailure {
        String age = call.operand(0);
        int digits = age == null ? 0 : leadingDigits(age);
        if (age != null && digits == 0) {
            throw new CommandFailure("Failed to read age_in_minutes parameter.");
        }
        if (!call.has(Option.YES)) {
            String older = age == null ? "" : " older than " + age.substring(0, digits) + " minutes";
            call.remark("WARNING: This operation will destroy all semaphores" + older + " with keys that have a prefix "
                    + PREFIX + ".");
            call.out().print("Do you really want to continue? [y/n]: ");
            call.out().flush();
            if (!isYes(call)) {
                call.out().println("Semaphores with keys prefixed by " + PREFIX + " NOT destroyed.");
                return;
            }
        }
        call.out().println("0 semaphores with keys prefixed by " + PREFIX + " destroyed. 0 skipped.");
    }

    private static int leadingDigits(String text) {
        int digits = 0;
        while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
            digits++;
        }
        return digits;
    }

    /** Reads the answer. Ends the line of the question, unless the answer has ended the line. */
    private static boolean isYes(Call call) {
        try {
            int answer = call.invocation().in().read();
            int next = answer < 0 ? answer : call.invocation().in().read();
            if (answer != '\n' && next != '\n') {
                call.out().println();
            }
            return answer == 'y';
        } catch (IOException e) {
            return false;
        }
    }

    private static long cookie(String text) throws CommandFailure {
        long value = Cookie.parse(text);
        if (value == 0) {
            throw new CommandFailure("Incorrect cookie value.");
        }
        return value;
    }
}
