package io.pcache.dmctl.verb;

import io.pcache.control.JsonCodec;
import io.pcache.control.JsonObject;
import io.pcache.control.Version;
import io.pcache.dmctl.grammar.Option;

/**
 * {@code version}: prints the versions of dmsetup and of device-mapper that this program behaves as. A terminal also
 * shows pcache's own version; a script may count the lines.
 */
final class VersionVerb implements Verb {
    private static final String LIBRARY = "1.02.185 (2022-05-18)";
    private static final String DRIVER = "4.50.0";

    @Override
    public void run(Call call) {
        if (call.has(Option.JSON)) {
            call.out()
                    .print(JsonCodec.textForPeople(new JsonObject()
                            .put("version", Version.TEXT)
                            .put("library", LIBRARY)
                            .put("driver", DRIVER)));
            return;
        }
        call.out().println("Library version:   " + LIBRARY);
        call.out().println("Driver version:    " + DRIVER);
        if (call.invocation().terminal().present()) {
            call.out().println("pcachectl version: " + Version.TEXT);
        }
    }
}
