package io.pcache.server.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.server.QuietLog;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Whose acknowledged writes are kept, and whose are deleted. */
@ExtendWith(QuietLog.class)
class CarryOverFolderTest {
    @TempDir
    Path directory;

    private Path files;
    private Path disks;
    private CarryOverFolder folder;

    @BeforeEach
    void make() throws IOException {
        files = Files.createDirectory(directory.resolve("carry-over"));
        disks = Files.createDirectory(directory.resolve("disks"));
        folder = new CarryOverFolder(files);
    }

    private LowerDevice cache(String name) throws Exception {
        return LowerDevice.onThisMachine(Files.createFile(disks.resolve(name)).toString());
    }

    private List<String> names() throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(files)) {
            entries.forEach(entry -> names.add(entry.getFileName().toString()));
        }
        return names;
    }

    @Test
    void filesOfCachesThatAreGoneAreDeleted() throws Exception {
        LowerDevice kept = cache("kept");
        LowerDevice gone = cache("gone");
        Files.createFile(folder.of(kept));
        Files.createFile(folder.of(gone));
        Files.createFile(files.resolve("block-4095-1048575"));
        Files.delete(disks.resolve("gone"));

        folder.sweep();

        assertThat(names()).containsExactlyInAnyOrder(kept.identity(), kept.identity() + ".device");
    }

    @Test
    void anotherFileInItsPlaceIsNotTheCache() throws Exception {
        LowerDevice gone = cache("gone");
        Files.createFile(folder.of(gone));
        Files.move(Path.of(cache("other").path()), disks.resolve("gone"), StandardCopyOption.REPLACE_EXISTING);

        folder.sweep();

        assertThat(names()).isEmpty();
    }

    @Test
    void filesOfCachesThatWereRenamedOrCannotBeSeenAreKept() throws Exception {
        LowerDevice renamed = cache("old name");
        LowerDevice unmounted = cache("unmounted");
        Files.createFile(folder.of(renamed));
        Files.createFile(folder.of(unmounted));
        Files.move(disks.resolve("old name"), disks.resolve("new name"));
        Path link = files.resolve(unmounted.identity() + ".device");
        Files.delete(link);
        Files.createSymbolicLink(link, Path.of("/proc/self/nothing"));

        folder.sweep();

        assertThat(names()).contains(renamed.identity(), unmounted.identity());
    }

    @Test
    void nothingIsNotedOfACacheThatHasLeftNothing() throws Exception {
        LowerDevice cache = cache("cache");
        Files.createFile(folder.of(cache));

        folder.release(cache);
        assertThat(names()).hasSize(2);
        Files.delete(files.resolve(cache.identity()));
        folder.release(cache);

        assertThat(names()).isEmpty();
    }
}
