package io.pcache.server.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.control.CacheMark;
import io.pcache.control.TableLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecoveryStateTest {
    @TempDir
    Path directory;

    @Test
    void comesBackAsItWas() throws IOException {
        Path file = directory.resolve("recover");
        RecoveryState state = new RecoveryState(
                "my\\x20disk",
                "UU",
                3,
                List.of(new TableLine(0, 8, "pcache", "/c /b 4 cache_mode writeback data_crc true")),
                true,
                true,
                true,
                512,
                9,
                new CacheMark("file-1-2-3", "6a7ed5c5-0000-4d6b-8a1f-000000000001"));

        new RecoveryState("old", "", 1, List.of(), false, false, false, 0, 0, CacheMark.UNKNOWN).save(file);
        state.save(file);

        assertThat(RecoveryState.load(file)).isEqualTo(state);
        assertThat(directory)
                .isDirectoryContaining(path -> path.equals(file))
                .isDirectoryNotContaining(path -> !path.equals(file));
    }

    @Test
    void nodeThatIsBeingMadeHasNoTable() throws IOException {
        Path file = directory.resolve("recover");

        RecoveryState.ofUnborn("pc", "", 4).save(file);

        RecoveryState found = RecoveryState.load(file);
        assertThat(found.unborn()).isTrue();
        assertThat(found.ublkId()).isEqualTo(4);
    }

    @Test
    void damageIsAnErrorNotAGuess() throws IOException {
        Path file = Files.writeString(directory.resolve("recover"), "{\"ublkId\":\"x\"}");

        assertThatThrownBy(() -> RecoveryState.load(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("ublkId");
    }
}
