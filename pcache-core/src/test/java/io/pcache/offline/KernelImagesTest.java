package io.pcache.offline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.pcache.log.Position;
import io.pcache.media.KernelImage;
import io.pcache.media.KernelImages;
import io.pcache.memory.ReadOnlyMemory;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The tools on caches that the kernel target wrote. */
class KernelImagesTest {
    @TempDir
    Path directory;

    static List<KernelImage> images() {
        return KernelImages.all();
    }

    @ParameterizedTest
    @MethodSource("images")
    void checkFindsNothingWrongAndCountsWhatIsThere(KernelImage image) throws Exception {
        KernelImage.Files files = image.unpack(directory);
        try (ReadOnlyMemory memory = ReadOnlyMemory.open(files.cache().toString())) {
            CheckReport report = new CacheCheck(memory, Progress.NONE).backingBytes(image.deviceBytes()).run();

            assertThat(report.findings()).isEmpty();
            assertThat(report.isClean()).isTrue();
            JsonNode media = image.media();
            CheckReport.Log log = report.log();
            assertThat(Position.text(log.keyTail())).isEqualTo(media.path("key_tail").textValue());
            assertThat(Position.text(log.dirtyTail())).isEqualTo(media.path("dirty_tail").textValue());
            assertThat(Position.text(log.end())).isEqualTo(media.path("key_head").textValue());
            assertThat(log.keySets() + media.path("last_ksets").size()).isGreaterThanOrEqualTo(media.path("ksets").longValue());
            assertThat(log.keys()).isEqualTo(media.path("keys").longValue());
            assertThat(log.staleKeys()).isEqualTo(media.path("stale_keys").longValue());
            assertThat(report.view().dataCrc()).isEqualTo(image.dataCrc());
            assertThat(report.checkedBytes() > 0).isEqualTo(image.dataCrc() && log.keys() > 0);
        }
    }
}
