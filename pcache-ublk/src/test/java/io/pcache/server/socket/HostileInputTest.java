package io.pcache.server.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.control.ControlException;
import io.pcache.control.JsonCodec;
import io.pcache.control.JsonObject;
import io.pcache.control.TableLine;
import io.pcache.server.device.Cancellation;
import io.pcache.server.device.DeviceFixture;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tables, messages and requests of the control protocol as nobody would write them: good ones with words, characters
 * and bytes put in, taken out, doubled and changed. Each ends with success or a named error.
 */
class HostileInputTest {
    /** Of each kind. Full run: {@code -Dpcache.hostile.inputs=700000}. */
    private static final long INPUTS = Long.getLong("pcache.hostile.inputs", 20_000);

    private static final long SEED = Long.getLong("pcache.hostile.seed", System.nanoTime());

    private static final String[] WORDS = {
        "",
        " ",
        "0",
        "1",
        "-1",
        "+7",
        "007",
        "4",
        "8",
        "2097152",
        "9223372036854775807",
        "9223372036854775808",
        "99999999999999999999",
        "0x10",
        "1e3",
        "pcache",
        "PCACHE",
        "error",
        "zero",
        "linear",
        "cache_mode",
        "writeback",
        "writethrough",
        "data_crc",
        "true",
        "false",
        "TRUE",
        "gc_percent",
        "70",
        "90",
        "91",
        "@cancel_deferred_remove",
        "@",
        "#",
        "\\",
        "\\ ",
        "\\\\",
        "\"",
        "'",
        "/",
        "/dev/null",
        "/dev",
        ".",
        "..",
        "8:0",
        ":",
        "\t",
        "\n",
        "\u0000",
        "\u00e4",
        "\ud83d\ude00",
        "\ud83d",
        "a".repeat(5000)
    };
    private static final String[] REQUESTS = {
        "{\"v\":1,\"cmd\":\"info\",\"inactive\":true}",
        "{\"v\":1,\"cmd\":\"table\"}",
        "{\"v\":1,\"cmd\":\"status\"}",
        "{\"v\":1,\"cmd\":\"deps\"}",
        "{\"v\":1,\"cmd\":\"load\",\"lines\":[{\"start\":0,\"length\":8,\"type\":\"zero\",\"args\":\"\"}],\"readOnly\":false,\"force\":false,\"salvage\":true}",
        "{\"v\":1,\"cmd\":\"clear\"}",
        "{\"v\":1,\"cmd\":\"suspend\",\"noflush\":true}",
        "{\"v\":1,\"cmd\":\"resume\",\"readAhead\":256,\"readAheadMinimum\":true}",
        "{\"v\":1,\"cmd\":\"remove\",\"deferred\":true}",
        "{\"v\":1,\"cmd\":\"wipe\",\"force\":true}",
        "{\"v\":1,\"cmd\":\"message\",\"sector\":0,\"text\":\"gc_percent 50\"}",
        "{\"v\":1,\"cmd\":\"rename\",\"name\":\"other\"}",
        "{\"v\":1,\"cmd\":\"rename\",\"uuid\":\"X\"}",
        "{\"v\":1,\"cmd\":\"setgeometry\",\"geometry\":\"1 2 3 4\"}",
        "{\"v\":1,\"cmd\":\"stats\",\"since\":3}",
        "{\"v\":1,\"cmd\":\"map\",\"from\":0,\"count\":10,\"cells\":10}",
        "{\"v\":1,\"cmd\":\"mknodes\"}",
        "{\"v\":1,\"cmd\":\"events\"}"
    };

    @TempDir
    Path directory;

    private final Random random = new Random(SEED);
    private DeviceFixture fixture;
    private ControlCommands commands;
    private int fixtures;

    private void renew() throws IOException {
        close();
        fixture = new DeviceFixture(Files.createDirectory(directory.resolve("fixture-" + fixtures++)));
        commands = new ControlCommands(fixture.device, () -> {});
    }

    @AfterEach
    void close() {
        if (commands != null) {
            commands.close();
        }
    }

    private static AssertionError failure(String input, Throwable cause) {
        return new AssertionError(
                "seed " + SEED + ", input "
                        + (input.length() > 2000 ? input.length() + " characters" : '<' + input + '>'),
                cause);
    }

    private String word() {
        return WORDS[random.nextInt(WORDS.length)];
    }

    /** A few words changed, put in, taken out or doubled. */
    private String mutateWords(String text) {
        List<String> words = new ArrayList<>(List.of(text.split(" ")));
        for (int changes = random.nextInt(4); changes >= 0 && !words.isEmpty(); changes--) {
            int at = random.nextInt(words.size());
            switch (random.nextInt(5)) {
                case 0 -> words.set(at, word());
                case 1 -> words.add(at, word());
                case 2 -> words.remove(at);
                case 3 -> words.add(at, words.get(at));
                default -> words.set(at, words.get(at) + word());
            }
        }
        return String.join(" ", words);
    }

    @Test
    void tables() throws Exception {
        renew();
        long loaded = 0;
        for (long i = 0; i < INPUTS; i++) {
            String arguments =
                    mutateWords(fixture.cache + " " + fixture.backing + " 4 cache_mode writeback data_crc false");
            long start = random.nextInt(8) > 0 ? 0 : random.nextLong();
            long length = random.nextInt(4) > 0 ? DeviceFixture.SECTORS : random.nextLong() >> random.nextInt(64);
            TableLine line = new TableLine(start, length, random.nextInt(8) > 0 ? "pcache" : word(), arguments);
            try {
                fixture.load(random.nextInt(8) > 0 ? List.of(line) : List.of(line, line));
                loaded++;
                fixture.device.clear();
            } catch (ControlException e) {
                assertThat(e.errno()).isPositive();
                assertThat(e.reasons()).as("reasons for " + line).isNotEmpty().noneMatch(String::isBlank);
            } catch (RuntimeException | StackOverflowError e) {
                throw failure(line.toString(), e);
            }
            assertThat(fixture.caches.open).as("devices left open by " + line).isEmpty();
        }
        assertThat(loaded).as("tables that were good").isPositive();
    }

    @Test
    void messages() throws Exception {
        renew();
        fixture.live();
        for (long i = 0; i < INPUTS; i++) {
            String text = mutateWords(random.nextBoolean() ? "gc_percent 70" : "writeback");
            long sector = random.nextInt(4) > 0 ? 0 : random.nextLong();
            try {
                fixture.device.message(sector, text);
            } catch (ControlException e) {
                assertThat(e.reasons()).isNotEmpty();
            } catch (RuntimeException | StackOverflowError e) {
                throw failure(sector + " " + text, e);
            }
            assertThat(fixture.caches.last.gcPercent).isBetween(0, 90);
        }
    }

    /** A few bytes changed, put in or taken out, or a value replaced by another. */
    private byte[] mutateRequest() {
        String text = REQUESTS[random.nextInt(REQUESTS.length)];
        if (random.nextBoolean()) {
            String value = switch (random.nextInt(8)) {
                case 0 -> "null";
                case 1 -> "[]";
                case 2 -> "{\"a\":[1,2,{\"b\":null}]}";
                case 3 -> Long.toString(random.nextLong());
                case 4 -> "1e999";
                case 5 ->
                    "\""
                            + word().replace("\\", "\\\\")
                                    .replace("\"", "\\\"")
                                    .replace("\n", "\\n")
                                    .replace("\t", "\\t")
                                    .replace("\u0000", "\\u0000")
                            + "\"";
                case 6 -> "[".repeat(random.nextInt(20));
                default -> "9".repeat(random.nextInt(60) + 1);
            };
            int colon = text.indexOf(':', random.nextInt(text.length()));
            int end = Math.max(text.indexOf(',', colon), text.length() - 1);
            text = colon < 0 ? text + value : text.substring(0, colon + 1) + value + text.substring(end);
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int changes = random.nextInt(3); changes > 0 && bytes.length > 1; changes--) {
            int at = random.nextInt(bytes.length);
            if (random.nextInt(4) == 0) {
                byte[] shorter = new byte[bytes.length - 1];
                System.arraycopy(bytes, 0, shorter, 0, at);
                System.arraycopy(bytes, at + 1, shorter, at, shorter.length - at);
                bytes = shorter;
            } else {
                bytes[at] = (byte)
                        (random.nextBoolean() ? random.nextInt(256) : "{}[]\",:\\0-e ".charAt(random.nextInt(12)));
            }
        }
        return bytes;
    }

    @Test
    void requests() throws Exception {
        renew();
        long answered = 0;
        for (long i = 0; i < INPUTS; i++) {
            byte[] frame = mutateRequest();
            String shown = new String(frame, StandardCharsets.ISO_8859_1);
            JsonObject request;
            try {
                request = JsonCodec.read(frame, 0, frame.length);
            } catch (IOException e) {
                assertThat(e.getMessage())
                        .as("what is wrong with " + shown)
                        .satisfiesAnyOf(
                                text -> assertThat(text).isNotBlank(),
                                text -> assertThat(e).isInstanceOf(java.nio.charset.CharacterCodingException.class));
                continue;
            } catch (RuntimeException | StackOverflowError e) {
                throw failure(shown, e);
            }
            if (isWait(request)) {
                continue;
            }
            JsonObject reply = reply(request, shown);
            answered++;
            if (!reply.flag("ok")) {
                assertThat(reply.number("errno", 0)).as("errno for " + shown).isPositive();
                assertThat(String.join("\n", reply.strings("reasons")))
                        .as("reasons for " + shown)
                        .doesNotContain("internal error");
            }
            if (fixture.device.removed()) {
                renew();
            }
        }
        assertThat(answered).isPositive();
    }

    /** That one has no reply before something happens. */
    static boolean isWait(JsonObject request) {
        try {
            return request.string("cmd", "").equals("wait");
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private JsonObject reply(JsonObject request, String shown) {
        try {
            return reply(commands, request);
        } catch (Exception e) {
            throw failure(shown, e);
        }
    }

    /** What it is answered. */
    static JsonObject reply(ControlCommands commands, JsonObject request) throws Exception {
        CompletableFuture<JsonObject> reply = new CompletableFuture<>();
        commands.handle(request, new RequestHandler.Exchange() {
            @Override
            public void reply(JsonObject answer, Runnable afterwards) {
                reply.complete(answer);
            }

            @Override
            public Cancellation cancellation() {
                return Cancellation.NEVER;
            }
        });
        return reply.get(60, TimeUnit.SECONDS);
    }
}
