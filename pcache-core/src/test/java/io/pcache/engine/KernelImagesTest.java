package io.pcache.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.backing.SimulatedBacking;
import io.pcache.media.KernelImage;
import io.pcache.media.KernelImages;
import io.pcache.memory.MappedMemory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Caches that the kernel target wrote. */
class KernelImagesTest {
    private static final int CHUNK = 1 << 20;

    @TempDir
    Path directory;

    static List<KernelImage> images() {
        return KernelImages.all();
    }

    private static TestCache open(KernelImage.Files files, KernelImage image, SimulatedBacking backing)
            throws Exception {
        return new TestCache(MappedMemory.open(files.cache().toString()), backing, image.dataCrc());
    }

    @ParameterizedTest
    @MethodSource("images")
    void readsBackWhatTheKernelTargetHeld(KernelImage image) throws Exception {
        KernelImage.Files files = image.unpack(directory);
        SimulatedBacking backing = new SimulatedBacking(Files.readAllBytes(files.backing()), 512, null);
        try (TestCache cache = open(files, image, backing)) {
            assertThat(cache.cache().statusLine()).isEqualTo(statusFieldsAfterReplay(image));
            assertThat(logicalSha256(cache, image)).isEqualTo(image.logicalSha256());
        }
    }

    @ParameterizedTest
    @MethodSource("images")
    void writesAllDirtyDataBack(KernelImage image) throws Exception {
        KernelImage.Files files = image.unpack(directory);
        SimulatedBacking backing = new SimulatedBacking(Files.readAllBytes(files.backing()), 512, null);
        try (TestCache cache = open(files, image, backing)) {
            cache.settle();
            assertThat(cache.cache().isClean()).isTrue();
            assertThat(sha256(backing.content(), backing.content().length)).isEqualTo(image.logicalSha256());
        }
        try (TestCache again = open(files, image, backing)) {
            assertThat(again.cache().isClean()).isTrue();
            assertThat(logicalSha256(again, image)).isEqualTo(image.logicalSha256());
        }
    }

    /** The kernel's own status line at the snapshot. The log's end is the manifest's, which replay finds. */
    private static String statusFieldsAfterReplay(KernelImage image) {
        String[] fields =
                image.manifest().path("status_at_snapshot").textValue().split(" ");
        fields[9] = image.media().path("key_head").textValue();
        fields[10] = image.media().path("dirty_tail").textValue();
        fields[11] = image.media().path("key_tail").textValue();
        // The segments in use differ: the kernel's open data heads died with it, and may have held segments without a
        // key.
        return String.join(" ", List.of(fields).subList(3, fields.length));
    }

    private static String logicalSha256(TestCache cache, KernelImage image) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (long offset = 0; offset < image.deviceBytes(); offset += CHUNK) {
            digest.update(cache.read(offset, (int) Math.min(CHUNK, image.deviceBytes() - offset)));
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static String sha256(byte[] bytes, int length) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(bytes, 0, length);
        return HexFormat.of().formatHex(digest.digest());
    }
}
