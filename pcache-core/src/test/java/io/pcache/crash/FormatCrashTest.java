package io.pcache.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.backing.SimulatedBacking;
import io.pcache.engine.TestCache;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.CacheMemory.Kind;
import io.pcache.memory.CrashStates;
import io.pcache.memory.SimulatedMemory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Crashes while a blank device is formatted, step by step. */
class FormatCrashTest {
    private static final byte[] BLOCK = new byte[4096];

    static {
        Arrays.fill(BLOCK, (byte) 5);
    }

    private final SimulatedBacking backing = new SimulatedBacking(1 << 20);

    @ParameterizedTest
    @EnumSource(names = {"DAX", "PAGE_CACHE"})
    void activatesWhateverOfTheSuperblockArrived(Kind kind) throws Exception {
        List<CrashStates> cuts = new ArrayList<>();
        SimulatedMemory memory = new SimulatedMemory(kind, CrashRun.CACHE_BYTES);
        memory.listen((step, offset, length) -> {
            if (!memory.isDurable(DeviceLayout.SUPERBLOCK, DeviceLayout.METADATA_SPACING)) {
                cuts.add(memory.crashStates());
            }
        });
        new TestCache(memory, backing, true).close();
        assertThat(cuts).isNotEmpty();
        for (CrashStates cut : cuts) {
            for (SimulatedMemory left : cut.all().toList()) {
                new TestCache(left, backing, true).close();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"DAX", "PAGE_CACHE"})
    void keepsACacheWhoseFormatterWasKilledThroughALaterPowerCut(Kind kind) throws Exception {
        List<SimulatedMemory> kills = new ArrayList<>();
        SimulatedMemory memory = new SimulatedMemory(kind, CrashRun.CACHE_BYTES);
        memory.listen((step, offset, length) -> {
            if (!memory.isDurable(0, DeviceLayout.SEGMENTS)) {
                kills.add(memory.afterKill());
            }
        });
        new TestCache(memory, backing, true).close();
        assertThat(kills).isNotEmpty();
        for (SimulatedMemory found : kills) {
            new TestCache(found, backing, true).writeFua(0, BLOCK);
            TestCache successor = new TestCache(found.crashStates().noneArrived(), backing, true);
            assertThat(successor.read(0, BLOCK.length)).isEqualTo(BLOCK);
        }
    }
}
