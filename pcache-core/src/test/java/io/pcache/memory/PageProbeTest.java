package io.pcache.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.sys.Errno;
import io.pcache.sys.Linux;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the kernel may answer for a page where it has no bad page. */
class PageProbeTest {
    private static final int SIZE = 1 << 20;
    private static final int BAD_PAGE = 40 * 4096;

    @TempDir
    Path directory;

    private Path path;

    @BeforeEach
    void makeFile() throws Exception {
        path = directory.resolve("cache.img");
        SharedMemoryFile.resize(path, SIZE);
    }

    /**
     * Real system calls, except that some fail on the bad page: pread as a DAX file system does, madvise with the given
     * errno.
     */
    private static SystemCalls failing(Map<String, Integer> errnos, long[] mapping) {
        return ReplacedCalls.by((call, arguments) -> {
            int errno = errnos.getOrDefault(call, 0);
            if (errno != 0 && call.equals("pread") && (long) arguments[3] == BAD_PAGE) {
                return -errno;
            }
            if (errno != 0 && call.equals("madvise")) {
                long bad = mapping[0] + BAD_PAGE - (long) arguments[0];
                assertThat(arguments[2]).isEqualTo(Linux.MADV_POPULATE_WRITE);
                if (bad >= 0 && bad < (long) arguments[1]) {
                    throw new SystemCallException(errno, call, "");
                }
            }
            return null;
        });
    }

    private void probe(Map<String, Integer> errnos, long offset, int length) throws SystemCallException {
        long[] address = new long[1];
        try (Mapping mapping = Mapping.open(failing(errnos, address), path.toString())) {
            address[0] = mapping.address();
            new PageProbe(mapping.file(), mapping.address()).requireGood(offset, length);
        }
    }

    @Test
    void namesThePageThatCannotBeRead() {
        Map<String, Integer> errnos = Map.of("pread", Errno.EIO);
        assertThatThrownBy(() -> probe(errnos, 0, SIZE))
                .isInstanceOf(CacheMemoryException.class)
                .hasMessageContaining("load at " + BAD_PAGE + " failed")
                .hasMessageContaining("EIO");
        assertThatThrownBy(() -> probe(errnos, BAD_PAGE + 4095, 1))
                .as("its last byte")
                .isInstanceOf(CacheMemoryException.class);
        assertThatCode(() -> probe(errnos, BAD_PAGE + 4096, SIZE - BAD_PAGE - 4096))
                .doesNotThrowAnyException();
        assertThatCode(() -> probe(errnos, 0, BAD_PAGE)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(ints = {Errno.EFAULT, Errno.EHWPOISON})
    void tellsOfAPageThatCouldNotBeStoredInto(int errno) {
        Map<String, Integer> errnos = Map.of("madvise", errno);
        assertThatThrownBy(() -> probe(errnos, BAD_PAGE - 8, 16))
                .isInstanceOf(CacheMemoryException.class)
                .hasMessageContaining(Errno.name(errno));
        assertThatCode(() -> probe(errnos, BAD_PAGE - 8, 8)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(ints = {Errno.EINVAL, Errno.ENOMEM, Errno.EAGAIN})
    void takesNoOtherErrorForABadPage(int errno) {
        assertThatCode(() -> probe(Map.of("madvise", errno), 0, SIZE)).doesNotThrowAnyException();
    }
}
