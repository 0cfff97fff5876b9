package io.pcache.dmctl.offline;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pcache.control.Registry;
import io.pcache.control.RunDirectory;
import io.pcache.dmctl.Pcachectl;
import io.pcache.dmctl.invocation.Invocation;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** pcachectl in a folder of its own, of which {@code run} is the run directory. */
record OfflineTool(Path directory, Invocation.RegistrySource registry) {

    /** What a command printed, and how the command ended. */
    record Outcome(int exit, byte[] out, String err) {
        String text() {
            return new String(out, StandardCharsets.UTF_8);
        }

        JsonNode json() throws Exception {
            return new ObjectMapper().readTree(out);
        }
    }

    static OfflineTool in(Path directory) {
        return new OfflineTool(directory, () -> new Registry(new RunDirectory(directory.resolve("run")), null));
    }

    Outcome run(byte[] input, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exit = Pcachectl.run(new Invocation(
                "pcachectl",
                List.of(arguments),
                Map.of(),
                directory,
                new ByteArrayInputStream(input),
                new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, false, StandardCharsets.UTF_8),
                Invocation.Terminal.NONE,
                Invocation.Terminal.NONE,
                registry,
                command -> {
                    throw new AssertionError("nothing is run");
                }));
        return new Outcome(exit, out.toByteArray(), err.toString(StandardCharsets.UTF_8));
    }
}
