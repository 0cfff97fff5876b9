package io.pcache.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.cache.Progress;
import io.pcache.fuzz.Corpus;
import io.pcache.fuzz.InputRandom;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.SimulatedMemory;
import io.pcache.offline.CacheCheck;
import io.pcache.offline.CheckReport;
import io.pcache.offline.OfflineException;
import io.pcache.offline.OfflineWriteBack;
import io.pcache.recovery.Activation;
import org.junit.jupiter.api.Test;

/**
 * Fuzz target: the input says how caches are forged. The engine and the tools must both handle these caches, and must
 * agree: where check finds nothing wrong, and after a repair, the cache can be activated.
 */
public class MediaFuzzTest {
    private static final GoodCache[] GOOD = good();
    private static final HostileMedia[] MEDIA = media();

    private static GoodCache[] good() {
        try {
            return new GoodCache[] {GoodCache.own(false), GoodCache.own(true)};
        } catch (PCacheException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static HostileMedia[] media() {
        HostileMedia[] media = new HostileMedia[GOOD.length];
        for (int i = 0; i < media.length; i++) {
            media[i] = new HostileMedia(GOOD[i].memory(), GOOD[i].backingBytes());
        }
        return media;
    }

    public static void fuzzerTestOneInput(byte[] input) {
        InputRandom random = new InputRandom(input);
        int image = random.nextInt(GOOD.length);
        GoodCache good = GOOD[image];
        int use = random.nextInt(8);
        SimulatedMemory forged = MEDIA[image].forge(random);
        if (use < 4) {
            check(forged, good.backingBytes(), use == 0);
        } else {
            PCacheConfig config = PCacheConfig.builder(good.backingBytes())
                    .dataCrc(good.dataCrc())
                    .salvage(use == 7)
                    .build();
            try {
                if (use == 4) {
                    HostileMediaTest.use(forged, good.backingBytes(), config, random);
                } else {
                    Activation.activate(forged, good.backingBytes(), config).releaseMemory();
                }
            } catch (PCacheException e) {
                HostileMediaTest.assertSaysWhere(e);
            }
        }
    }

    private static void check(SimulatedMemory forged, long backingBytes, boolean writeBack) {
        CheckReport report =
                new CacheCheck(forged, Progress.NONE).backingBytes(backingBytes).run();
        if (writeBack) {
            try {
                CheckReport structures = new CacheCheck(forged, Progress.NONE)
                        .backingBytes(backingBytes)
                        .withoutData()
                        .run();
                new OfflineWriteBack(structures, forged.reopened(), new SimulatedBacking(backingBytes), Progress.NONE)
                        .run(backingBytes);
            } catch (OfflineException e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }
        assertThat(report.mends().isEmpty())
                .isEqualTo(report.findings().stream().allMatch(finding -> finding.mend() == null));
        if (report.isMendable()) {
            CheckReport mended = new CacheCheck(report.draft(), Progress.NONE)
                    .backingBytes(backingBytes)
                    .run();
            assertThat(mended.isSound())
                    .as("what a repair leaves of %s: %s", report.findings(), mended.findings())
                    .isTrue();
            activate(report.counts().isEmpty() ? forged : report.draft(), backingBytes, report);
        }
    }

    private static void activate(CacheMemory memory, long backingBytes, CheckReport report) {
        try {
            Activation.activate(
                            memory,
                            backingBytes,
                            PCacheConfig.builder(backingBytes)
                                    .dataCrc(report.view().dataCrc())
                                    .build())
                    .releaseMemory();
        } catch (PCacheException e) {
            throw new AssertionError(
                    "check is content with what cannot be activated: " + e.getMessage() + "; findings "
                            + report.findings(),
                    e);
        }
    }

    @Test
    void knownInputsEndWell() throws Exception {
        Corpus.run("media", MediaFuzzTest::fuzzerTestOneInput);
    }
}
