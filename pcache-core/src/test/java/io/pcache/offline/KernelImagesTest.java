package io.pcache.offline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.pcache.backing.FileBacking;
import io.pcache.cache.Progress;
import io.pcache.log.Position;
import io.pcache.media.KernelImage;
import io.pcache.media.KernelImages;
import io.pcache.memory.MappedMemory;
import io.pcache.memory.ReadOnlyMemory;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
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
        try (ReadOnlyMemory memory = ReadOnlyMemory.open(files.cache().toString());
                ReadOnlyMemory backing = ReadOnlyMemory.open(files.backing().toString())) {
            CheckReport report =
                    new CacheCheck(memory, Progress.NONE).backing(backing).run();

            assertThat(report.findings()).isEmpty();
            assertThat(report.isSound()).isTrue();
            JsonNode media = image.media();
            CheckReport.Log log = report.log();
            assertThat(Position.text(log.keyTail()))
                    .isEqualTo(media.path("key_tail").textValue());
            assertThat(Position.text(log.dirtyTail()))
                    .isEqualTo(media.path("dirty_tail").textValue());
            assertThat(Position.text(log.end()))
                    .isEqualTo(media.path("key_head").textValue());
            assertThat(log.keySets() + media.path("last_ksets").size())
                    .isGreaterThanOrEqualTo(media.path("ksets").longValue());
            assertThat(log.keys()).isEqualTo(media.path("keys").longValue());
            assertThat(log.staleKeys()).isEqualTo(media.path("stale_keys").longValue());
            assertThat(report.view().dataCrc()).isEqualTo(image.dataCrc());
            assertThat(report.comparedBytes() > 0).isEqualTo(log.keyTail() != log.dirtyTail());
            assertThat(report.checkedBytes() > 0).isEqualTo(image.dataCrc() && log.keys() > 0);
        }
    }

    @ParameterizedTest
    @MethodSource("images")
    void writeBackMakesTheBackingDeviceWhatTheMappedDeviceWas(KernelImage image) throws Exception {
        KernelImage.Files files = image.unpack(directory);
        WriteBackReport counted;
        try (ReadOnlyMemory memory = ReadOnlyMemory.open(files.cache().toString())) {
            counted = new OfflineWriteBack(
                            new CacheCheck(memory, Progress.NONE).withoutData().run(), memory, null, Progress.NONE)
                    .run(image.deviceBytes());
        }
        WriteBackReport written = writeBack(files);
        assertThat(written.isComplete()).isTrue();
        assertThat(written.keys()).isEqualTo(counted.keys());
        assertThat(written.bytes()).isEqualTo(counted.bytes());
        assertThat(sha256(files.backing())).isEqualTo(image.logicalSha256());
        assertThat(Position.text(written.dirtyTail()))
                .isEqualTo(image.media().path("key_head").textValue());

        assertThat(writeBack(files).keys()).as("a second time").isZero();
        assertThat(sha256(files.backing())).isEqualTo(image.logicalSha256());
        try (ReadOnlyMemory memory = ReadOnlyMemory.open(files.cache().toString())) {
            assertThat(new CacheCheck(memory, Progress.NONE).run().findings()).isEmpty();
        }
    }

    private static WriteBackReport writeBack(KernelImage.Files files) throws Exception {
        try (MappedMemory memory = MappedMemory.open(files.cache().toString());
                FileBacking backing = FileBacking.open(files.backing().toString())) {
            CheckReport structures =
                    new CacheCheck(memory, Progress.NONE).withoutData().run();
            return new OfflineWriteBack(structures, memory, backing, Progress.NONE).run(backing.sizeBytes());
        }
    }

    private static String sha256(Path file) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        byte[] buffer = new byte[1 << 20];
        try (InputStream in = Files.newInputStream(file)) {
            for (int read; (read = in.read(buffer)) > 0; ) {
                digest.update(buffer, 0, read);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
