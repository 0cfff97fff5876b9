package io.pcache.dmctl.completion;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SettingsManualTest {
    private static final String BEGIN = ".\\\" Made from the table of settings:\n";
    private static final String END = ".\\\" End of the table of settings.\n";

    @Test
    void theManualHasTheTableOfSettings() throws Exception {
        String manual = Files.readString(Path.of("../man/pcache.5"));
        assertThat(manual).contains(BEGIN).contains(END);
        assertThat(manual.substring(manual.indexOf(BEGIN) + BEGIN.length(), manual.indexOf(END)))
                .as("pcache.5 between its two marks")
                .isEqualTo(SettingsManual.text());
    }
}
