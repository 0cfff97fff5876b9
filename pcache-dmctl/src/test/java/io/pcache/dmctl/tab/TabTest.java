package io.pcache.dmctl.tab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.dmctl.cases.CaseMachine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TabTest {
    @TempDir
    Path folder;

    private List<TabEntry> read(String text) throws IOException, TabException {
        return TabFile.read(Files.writeString(folder.resolve("tab"), text));
    }

    @Test
    void readsLinesAsCrypttabHasThem() throws Exception {
        Path backing = Files.write(folder.resolve("b c"), new byte[1 << 20]);
        List<TabEntry> entries = read("# name\n\n  fast\t/dev/pmem0 UUID=ab-12 -\r\nslow /c " + backing.toString().replace(" ", "\\040")
            + " data_crc=false,noauto,queues=2,metrics=unix\nplain /c /d");

        assertThat(entries).extracting(TabEntry::name).containsExactly("fast", "slow", "plain");
        assertThat(entries.get(0).backing()).isEqualTo("/dev/disk/by-uuid/ab-12");
        assertThat(entries.get(1).isManual()).isTrue();
        assertThat(entries.get(1).createArguments()).containsExactly("create", "slow", "--queues", "2", "--metrics", "unix", "--table",
            "0 2048 pcache /c " + backing.toString().replace(" ", "\\ ") + " 4 cache_mode writeback data_crc false");
        assertThat(TabFile.read(folder.resolve("nosuch"))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"a /b | found 2 fields", "a /b /c d e | found 5 fields", "a b /c | expected an absolute path", "a /b /c bogus | unknown option 'bogus'",
        "a /b /c noauto=1 | takes no value", "a /b /c size=x | expected size=", "a /b /c data_crc | expected data_crc=true", "a /b /c frontend=x | expected frontend="})
    void saysWhichLineIsWrongAndHow(String line, String why) {
        assertThatThrownBy(() -> read("x /b /c\n" + line)).isInstanceOf(TabException.class).hasMessageStartingWith(folder.resolve("tab") + ": line 2: ").hasMessageContaining(why);
    }

    @Test
    void refusesANameTwice() {
        assertThatThrownBy(() -> read("a /b /c\na /d /e")).isInstanceOf(TabException.class).hasMessageContaining("line 2: 'a' is there twice");
    }

    @Test
    void manualExplainsEveryOption() throws IOException {
        String page = Files.readString(Path.of("..", "man", "pcache.tab.5"));
        for (String option : TabFile.optionNames()) {
            assertThat(page).contains(option);
        }
    }

    @Test
    void commandsWantNamesOrAll() throws Exception {
        try (CaseMachine machine = new CaseMachine(folder, folder)) {
            Files.writeString(folder.resolve("tab"), "gone /nosuch /nosuch nofail\nbad /nosuch /nosuch\nlater /nosuch /nosuch noauto\n");
            String tab = folder.resolve("tab").toString();
            assertThat(machine.run(List.of("attach")).stderr()).startsWith("attach takes names of devices, or --all.");
            assertThat(machine.run(List.of("attach", "--tab", tab, "none")).stderr()).contains("there is no line for 'none'").endsWith("Command failed.\n");
            CaseMachine.Outcome all = machine.run(List.of("attach", "--tab", tab, "--all"));
            assertThat(all.exit()).isEqualTo(1);
            assertThat(all.stderr()).contains("gone: the size of /nosuch", "bad: the size of /nosuch").doesNotContain("later:");
            assertThat(machine.run(List.of("attach", "--tab", tab, "gone")).exit()).isZero();
            assertThat(machine.run(List.of("detach", "--tab", tab, "--all")).exit()).isZero();
        }
    }
}
