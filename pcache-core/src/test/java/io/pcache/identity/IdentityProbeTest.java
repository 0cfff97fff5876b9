package io.pcache.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.identity.DeviceIdentity.Verdict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files: which count as the same file, and which as another. */
class IdentityProbeTest {
    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void make() throws Exception {
        file = Files.write(directory.resolve("backing"), new byte[4096]);
    }

    private static DeviceIdentity identify(Path path) {
        return new IdentityProbe().identify(path.toString(), 8);
    }

    @Test
    void knowsAFileThatWasMovedOrWrittenTo() throws Exception {
        DeviceIdentity noted = identify(file);
        assertThat(noted.ids()).as("what there is").isNotEmpty();
        Files.write(file, new byte[] {1, 2, 3});
        Path moved = Files.move(file, directory.resolve("moved"));
        assertThat(noted.compare(identify(moved))).isEqualTo(Verdict.SAME);
        Path link = Files.createLink(directory.resolve("link"), moved);
        assertThat(noted.compare(identify(link))).isEqualTo(Verdict.SAME);
    }

    @Test
    void tellsACopyFromItsOriginal() throws Exception {
        DeviceIdentity noted = identify(file);
        Path copy = Files.copy(file, directory.resolve("copy"));
        assertThat(noted.compare(identify(copy))).isEqualTo(Verdict.DIFFERENT);
        Files.move(copy, file, StandardCopyOption.REPLACE_EXISTING);
        assertThat(noted.compare(identify(file))).as("in its place").isEqualTo(Verdict.DIFFERENT);
    }

    @Test
    void findsNothingOfWhatIsNotThere() {
        DeviceIdentity nothing = identify(directory.resolve("nothing"));
        assertThat(nothing.ids()).isEmpty();
        assertThat(identify(file).compare(nothing)).isEqualTo(Verdict.UNKNOWN);
    }

    @Test
    void findsWhatIsOnADevice() throws Exception {
        DeviceIdentity blank = new IdentityProbe().withSignatures(identify(file));
        assertThat(blank.signatures()).isEmpty();
        Path swap = directory.resolve("swap");
        Files.write(swap, new byte[1 << 20]);
        Process make = new ProcessBuilder("mkswap", "-U", "01234567-89ab-cdef-0123-456789abcdef", swap.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(make.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(make.waitFor()).as(said).isZero();
        DeviceIdentity formatted = new IdentityProbe().withSignatures(identify(swap));
        assertThat(formatted.signatures()).containsExactly("swap:01234567-89ab-cdef-0123-456789abcdef");
        assertThat(formatted.carriesOther(blank)).as("nothing on it").isFalse();
    }
}
