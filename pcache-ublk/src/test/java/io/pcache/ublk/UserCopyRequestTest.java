package io.pcache.ublk;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.backing.MemoryPieces;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.memory.MappedMemory;
import io.pcache.request.RequestData;
import io.pcache.sys.Linux;
import io.pcache.sys.NativeMemory;
import io.pcache.sys.SystemCalls;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Copies that the kernel makes between a client's pages and the cache's mapping, with a file in place of the client's
 * pages.
 */
class UserCopyRequestTest {
    private static final int BLOCK = 4096;
    private static final int CACHE_BYTES = 1 << 20;

    @TempDir
    Path folder;

    private final SystemCalls calls = SystemCalls.linux();
    private CacheMemory memory;
    private int client;

    @BeforeEach
    void open() throws Exception {
        resize(folder.resolve("cache"), CACHE_BYTES);
        resize(folder.resolve("client"), Ublk.userCopyPosition(0, 0) + CACHE_BYTES);
        memory = MappedMemory.open(folder.resolve("cache").toString());
        client = calls.open(folder.resolve("client").toString(), Linux.O_RDWR);
    }

    @AfterEach
    void close() throws Exception {
        memory.close();
        calls.close(client);
    }

    private static void resize(Path file, long bytes) throws Exception {
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(bytes);
        }
    }

    private UserCopyRequest request(int fd) {
        return new UserCopyRequest(null, 0, 0, fd, new MemoryPieces(RequestData.MAX_PLACES));
    }

    @Test
    void pageOfTheCacheThatIsGoneIsAFailureOfTheCacheDevice() throws Exception {
        resize(folder.resolve("cache"), BLOCK);

        assertThatThrownBy(() -> request(client).toCache(memory, 4 * BLOCK, 0, BLOCK))
                .isInstanceOf(CacheMemoryException.class)
                .hasMessageContaining(folder.resolve("cache").toString())
                .hasMessageContaining("page at 16384")
                .hasMessageContaining("EFAULT");
        assertThatThrownBy(() -> request(client).fromCache(memory, 4 * BLOCK, 0, BLOCK))
                .isInstanceOf(CacheMemoryException.class);
        assertThatThrownBy(() -> request(client)
                        .fromCache(memory, new long[] {4 * BLOCK, 8 * BLOCK}, new int[] {BLOCK, BLOCK}, 2, 0))
                .isInstanceOf(CacheMemoryException.class);
    }

    @Test
    void clientsPagesThatAreGoneAreNot() {
        assertThatThrownBy(() -> request(-1).toCache(memory, 0, 0, BLOCK))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("EBADF");
        assertThatThrownBy(() -> request(-1).fromCache(memory, 0, 0, BLOCK)).isInstanceOf(UncheckedIOException.class);
        assertThatThrownBy(() -> request(-1).fromBuffer(NativeMemory.allocate(BLOCK), 0, 0, BLOCK))
                .isInstanceOf(UncheckedIOException.class);
    }
}
