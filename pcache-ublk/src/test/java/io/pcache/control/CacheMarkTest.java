package io.pcache.control;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CacheMarkTest {
    private static final CacheMark NOTED = new CacheMark("file-1-2-3", "uuid-a");

    @Test
    void theSameCacheIsTheSame() {
        assertThat(NOTED.difference(NOTED)).isNull();
        assertThat(new CacheMark("file-1-2-3", "").difference(new CacheMark("file-1-2-3", "uuid-b")))
                .as("a cache that has got its record since")
                .isNull();
    }

    @Test
    void aCopyInTheFilesPlaceIsAnother() {
        assertThat(NOTED.difference(new CacheMark("file-1-2-4", "uuid-a"))).contains("another file or device");
    }

    @Test
    void anotherCacheOnTheSameDeviceIsAnother() {
        assertThat(NOTED.difference(new CacheMark("file-1-2-3", "uuid-b")))
                .contains("uuid-b")
                .contains("uuid-a");
        assertThat(NOTED.difference(new CacheMark("file-1-2-3", ""))).contains("uuid-a");
    }

    @Test
    void whereNothingWasNotedAnyCacheWillDo() {
        assertThat(CacheMark.UNKNOWN.difference(NOTED)).isNull();
    }
}
