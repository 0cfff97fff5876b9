package io.pcache.server.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.control.JsonCodec;
import io.pcache.control.JsonObject;
import io.pcache.fuzz.Corpus;
import io.pcache.fuzz.ScratchDirectory;
import io.pcache.server.device.DeviceFixture;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/**
 * Fuzz target: what a client of the control socket sends, to a device without tables. Each line is refused, or
 * answered; no answer is an internal error.
 */
public class ControlFuzzTest {

    public static void fuzzerTestOneInput(byte[] input) throws Exception {
        try (ScratchDirectory scratch = ScratchDirectory.make()) {
            DeviceFixture fixture = new DeviceFixture(scratch.path());
            try (ControlCommands commands = new ControlCommands(fixture.device, () -> {})) {
                int from = 0;
                for (int end = 0; end <= input.length && !fixture.device.removed(); end++) {
                    if (end == input.length || input[end] == '\n') {
                        take(commands, withPaths(input, from, end, fixture));
                        from = end + 1;
                    }
                }
            }
        }
    }

    /** In place of $c and $b stand the fixture's cache and backing device. */
    private static byte[] withPaths(byte[] input, int from, int end, DeviceFixture fixture) {
        String text = new String(input, from, end - from, StandardCharsets.ISO_8859_1);
        return text.replace("$c", fixture.cache.toString())
                .replace("$b", fixture.backing.toString())
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void take(ControlCommands commands, byte[] frame) throws Exception {
        JsonObject request;
        try {
            request = JsonCodec.read(frame, 0, frame.length);
        } catch (IOException refused) {
            return;
        }
        assertThat(new String(JsonCodec.frame(request), StandardCharsets.US_ASCII))
                .endsWith("\n");
        if (HostileInputTest.isWait(request)) {
            return;
        }
        JsonObject reply = HostileInputTest.reply(commands, request);
        if (!reply.flag("ok")) {
            assertThat(reply.number("errno", 0)).isPositive();
            assertThat(String.join("\n", reply.strings("reasons"))).doesNotContain("internal error");
        }
    }

    @Test
    void knownInputsEndWell() throws Exception {
        Corpus.run("control", ControlFuzzTest::fuzzerTestOneInput);
    }
}
