package io.pcache.dmctl;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pcache.control.Version;
import io.pcache.dmctl.cases.CaseMachine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Queries print the JSON that pcachectl(8) promises. */
class QueriesAsJsonTest {
    @TempDir
    Path folder;

    private CaseMachine machine;

    @BeforeEach
    void makeDevices() throws Exception {
        machine = new CaseMachine(folder, folder);
        run("create", "my disk", "-u", "U-1", "--table", "0 2097152 pcache {CACHE} {BACKING} 2 data_crc true");
        run("create", "bare", "-n");
    }

    @AfterEach
    void end() {
        machine.close();
    }

    private String run(String... arguments) throws Exception {
        CaseMachine.Outcome outcome = machine.run(List.of(arguments));
        assertThat(outcome.exit()).as(outcome.stderr()).isZero();
        return outcome.stdout();
    }

    private JsonNode json(String... arguments) throws Exception {
        return new ObjectMapper().readTree(run(arguments));
    }

    @Test
    void listsDevices() throws Exception {
        JsonNode devices = json("ls", "--json");

        assertThat(devices.findValuesAsText("name")).containsExactly("bare", "my disk");
        assertThat(devices.get(1).get("uuid").asText()).isEqualTo("U-1");
        assertThat(devices.get(0).has("uuid")).isFalse();
        assertThat(json("ls", "--json", "--target", "pcache")).hasSize(1);
    }

    @Test
    void oneDeviceNamedIsAnObjectAndSeveralAreAList() throws Exception {
        assertThat(json("info", "--json", "my disk").get("path").asText()).endsWith("/dev/ublkb0");
        assertThat(json("info", "--json", "bare").has("path")).isFalse();
        assertThat(json("info", "--json")).hasSize(2);
        assertThat(json("info", "--json", "bare", "my disk").findValuesAsText("name"))
                .containsExactly("bare", "my disk");
        assertThat(json("info", "--json", "-S", "name=bare")).hasSize(1);
    }

    @Test
    void everyMemberIsInTheManual() throws Exception {
        String page = Files.readString(Path.of("..", "man", "pcachectl.8"));
        String section = page.substring(page.indexOf(".SH JSON"), page.indexOf(".SH CHECK"));
        for (String query :
                List.of("ls", "info", "table", "status", "deps", "measure", "targets", "version", "metrics")) {
            for (JsonNode result : json(query, "--json")) {
                result.fieldNames()
                        .forEachRemaining(name -> assertThat(section).as(query).containsPattern("\\b" + name + "\\b"));
            }
        }
    }

    @Test
    void tableAndStatusHaveTheirFieldsByName() throws Exception {
        JsonNode table = json("table", "--json", "my disk").get("lines").get(0);
        JsonNode status = json("status", "--json", "my disk").get("lines").get(0);

        assertThat(table.get("length").asLong()).isEqualTo(2097152);
        assertThat(table.get("args").asText()).isEqualTo("259:0 7:0 4 cache_mode writeback data_crc true");
        assertThat(status.get("seg_total").asInt()).isEqualTo(33);
        assertThat(status.get("cache_flags").asInt()).isEqualTo(0x1183);
        assertThat(status.get("key_head").get("offset").asInt()).isZero();
        assertThat(json("table", "--json")).hasSize(2);
    }

    @Test
    void otherQueriesToo() throws Exception {
        assertThat(json("deps", "--json", "my disk").get("devices").findValuesAsText("name"))
                .containsExactly("loop0", "pmem0");
        assertThat(json("targets", "--json").findValuesAsText("name")).contains("pcache");
        assertThat(json("version", "--json").get("version").asText()).isEqualTo(Version.TEXT);
        assertThat(json("info", "-c", "--json", "-o", "name,minor", "-O", "-minor")
                        .get(0)
                        .get("minor")
                        .asInt())
                .isEqualTo(1);
        assertThat(json("create", "third", "-n", "--json").get("name").asText()).isEqualTo("third");
    }

    @Test
    void whatHasNothingToPrintAsJsonRefusesIt() throws Exception {
        for (String line : List.of(
                "suspend -v bare",
                "resume bare",
                "remove bare",
                "remove_all",
                "clear bare",
                "load bare",
                "reload bare",
                "wipe_table bare",
                "rename bare x",
                "message bare 0 x",
                "wait bare",
                "mknodes",
                "mangle",
                "udevcreatecookie",
                "udevflags 1",
                "udevcomplete 1",
                "udevcomplete_all",
                "udevreleasecookie 1",
                "setgeometry bare 1 1 1 0",
                "restart bare",
                "help")) {
            CaseMachine.Outcome outcome = machine.run(List.of((line + " --json").split(" ")));
            assertThat(outcome.stderr())
                    .as(line)
                    .matches(line.split(" ")[0]
                            + " does not take --json: it is for create, .*, status, .*\\.\nCouldn't "
                            + "process command line.\n");
            assertThat(outcome.exit()).isEqualTo(1);
            assertThat(outcome.stdout()).isEmpty();
        }
        assertThat(json("ls", "--json")).as("nothing was done").hasSize(2);
        assertThat(machine.run(List.of("ls", "--tree", "--json")).stderr())
                .startsWith("--tree and --json are incompatible.");
        assertThat(machine.run(List.of("status", "--exec", "echo", "--json")).stderr())
                .startsWith("--exec and --json are incompatible.");
    }

    @Test
    void monitoringFollowsTheSameRule() throws Exception {
        assertThat(json("metrics", "--json")).hasSize(2);
        assertThat(json("metrics", "--json", "my disk").get("info").get("major").asInt())
                .isEqualTo(252);
        assertThat(json("metrics", "--json", "my disk").get("stats").has("ok"))
                .as("the protocol's members")
                .isFalse();
        assertThat(json("stats", "--json").isArray()).isTrue();
        assertThat(json("udevcookies", "--json")).isEmpty();
        assertThat(json("measure", "--json", "my disk").get("lines")).hasSize(1);
        assertThat(json("target-version", "--json", "pcache")
                        .get(0)
                        .get("version")
                        .asText())
                .isEqualTo("0.1.0");
        assertThat(json("splitname", "--json", "vg-lv").get(0).get("lv_name").asText())
                .isEqualTo("lv");
    }

    @Test
    void nothingIsAnEmptyList() throws Exception {
        run("remove", "bare", "my disk");

        assertThat(json("ls", "--json")).isEmpty();
        assertThat(json("info", "--json")).isEmpty();
        assertThat(json("status", "--json")).isEmpty();
        assertThat(json("deps", "--json")).isEmpty();
    }
}
