package io.pcache.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class KernelImagesTest {

    @TempDir
    Path directory;

    static List<KernelImage> images() {
        return KernelImages.all();
    }

    @ParameterizedTest
    @MethodSource("images")
    void unpacksTheFilesThatTheManifestDescribes(KernelImage image) throws Exception {
        KernelImage.Files files = image.unpack(directory);

        assertThat(sha256(files.cache())).isEqualTo(image.fileSha256("cache.img"));
        assertThat(sha256(files.backing())).isEqualTo(image.fileSha256("backing.img"));
        assertThat(Files.size(files.backing())).isEqualTo(image.deviceBytes());
    }

    @ParameterizedTest
    @MethodSource("images")
    void hasAManifestAndAnOperationLogOfItsScenario(KernelImage image) {
        assertThat(image.manifest().path("scenario").textValue()).isEqualTo(image.scenario());
        assertThat(image.logicalSha256()).hasSize(64);
        assertThat(image.media().path("n_segs").intValue()).isEqualTo(33);
        assertThat(image.operations())
                .last()
                .satisfies(last -> assertThat(last.path("op").textValue()).isEqualTo("snapshot"));
    }

    @Test
    void leavesHolesForZeroBlocks() throws Exception {
        Path cache = KernelImages.named("fresh").unpack(directory).cache();

        assertThat((long) Files.getAttribute(cache, "unix:size")).isEqualTo(570425344);
        assertThat(allocatedBytes(cache)).isLessThan(4 << 20);
    }

    @Test
    void keepsDataBesideHolesAndAtAnOddEnd() throws IOException {
        byte[] content = new byte[3 * 1024 * 1024 + 5];
        content[4095] = 1;
        content[3 * 4096] = 2;
        content[1024 * 1024] = 3;
        content[content.length - 1] = 4;
        Path file = directory.resolve("odd");

        SparseFile.write(new ByteArrayInputStream(content), file);

        assertThat(file).hasBinaryContent(content);
    }

    @Test
    void keepsTheLengthOfAFileThatEndsInZeroes() throws IOException {
        Path file = directory.resolve("zeroes");

        SparseFile.write(new ByteArrayInputStream(new byte[4097]), file);

        assertThat(file).hasBinaryContent(new byte[4097]);
    }

    @Test
    void namesTheScenariosWhenAskedForAnUnknownOne() {
        assertThatThrownBy(() -> KernelImages.named("nosuch"))
                .isInstanceOf(NoSuchElementException.class)
                .hasMessageContaining("nosuch")
                .hasMessageContaining("wrapped");
    }

    private static long allocatedBytes(Path file) throws IOException, InterruptedException {
        Process stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
        String blocks = new String(stat.getInputStream().readAllBytes()).strip();
        assertThat(stat.waitFor()).isZero();
        return Long.parseLong(blocks) * 512;
    }

    private static String sha256(Path file) throws IOException, NoSuchAlgorithmException {
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
