package io.pcache.slab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AvailableMemoryTest {
    private static final long MIB = 1 << 20;
    private static final String UNIFIED = "30 24 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate";
    private static final String FIRST = "31 24 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory";

    @TempDir
    Path root;

    private void put(String file, String... lines) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.write(path, List.of(lines));
    }

    @BeforeEach
    void machineWithAGibibyte() throws IOException {
        put(
                "proc/meminfo",
                "MemTotal:        2097152 kB",
                "MemFree:          524288 kB",
                "MemAvailable:    1048576 kB");
        put("proc/self/cgroup", "0::/system.slice/a.service");
        put("proc/self/mountinfo", "24 1 0:22 / /sys rw - sysfs sysfs rw", UNIFIED);
    }

    private long mebibytes() {
        return AvailableMemory.in(root).bytes() / MIB;
    }

    @Test
    void isMemAvailableWithoutLimits() throws IOException {
        put("sys/fs/cgroup/system.slice/a.service/memory.max", "max");
        put("sys/fs/cgroup/system.slice/a.service/memory.high", "max");
        put("sys/fs/cgroup/system.slice/a.service/memory.current", "12345");
        assertThat(mebibytes()).isEqualTo(1024);
    }

    @Test
    void isWhatTheGroupLeaves() throws IOException {
        put("sys/fs/cgroup/system.slice/a.service/memory.max", "" + 300 * MIB);
        put("sys/fs/cgroup/system.slice/a.service/memory.current", "" + 120 * MIB);
        put(
                "sys/fs/cgroup/system.slice/a.service/memory.stat",
                "anon 1",
                "inactive_file " + 30 * MIB,
                "active_file " + 20 * MIB);
        assertThat(mebibytes()).as("file pages can be had back").isEqualTo(300 - 120 + 50);
    }

    @Test
    void isWhatAGroupAroundItLeaves() throws IOException {
        put("sys/fs/cgroup/system.slice/a.service/memory.max", "" + 900 * MIB);
        put("sys/fs/cgroup/system.slice/a.service/memory.current", "" + 100 * MIB);
        put("sys/fs/cgroup/system.slice/memory.max", "max");
        put("sys/fs/cgroup/system.slice/memory.high", "" + 500 * MIB);
        put("sys/fs/cgroup/system.slice/memory.current", "" + 450 * MIB);
        assertThat(mebibytes()).isEqualTo(50);
    }

    @Test
    void isNothingWhereALimitWasLowered() throws IOException {
        put("sys/fs/cgroup/system.slice/a.service/memory.max", "" + 100 * MIB);
        put("sys/fs/cgroup/system.slice/a.service/memory.current", "" + 120 * MIB);
        assertThat(mebibytes()).isZero();
    }

    @Test
    void knowsTheFirstVersion() throws IOException {
        put("proc/self/cgroup", "5:cpu,cpuacct:/x", "4:memory:/docker/1/2", "0::/");
        put("proc/self/mountinfo", FIRST);
        put("sys/fs/cgroup/memory/docker/1/2/memory.limit_in_bytes", "9223372036854771712");
        put("sys/fs/cgroup/memory/docker/1/2/memory.usage_in_bytes", "" + 50 * MIB);
        put("sys/fs/cgroup/memory/docker/1/memory.limit_in_bytes", "" + 256 * MIB);
        put("sys/fs/cgroup/memory/docker/1/memory.usage_in_bytes", "" + 200 * MIB);
        put(
                "sys/fs/cgroup/memory/docker/1/memory.stat",
                "inactive_file 1",
                "total_inactive_file " + 8 * MIB,
                "total_active_file " + 8 * MIB);
        assertThat(mebibytes()).isEqualTo(72);
    }

    /** A container sees its own group where the root is, under a path that only the host knows. */
    @Test
    void findsTheGroupOfAContainer() throws IOException {
        put("proc/self/cgroup", "0::/docker/0123");
        put("proc/self/mountinfo", "30 24 0:26 /docker/0123 /sys/fs/cgroup rw - cgroup2 cgroup rw");
        put("sys/fs/cgroup/memory.max", "" + 64 * MIB);
        put("sys/fs/cgroup/memory.current", "" + 4 * MIB);
        assertThat(mebibytes()).isEqualTo(60);

        put("proc/self/cgroup", "0::/../elsewhere");
        put("proc/self/mountinfo", UNIFIED);
        assertThat(mebibytes()).isEqualTo(60);
    }

    @Test
    void isUnlimitedWhereNothingCanBeTold() throws IOException {
        Files.delete(root.resolve("proc/meminfo"));
        Files.delete(root.resolve("proc/self/cgroup"));
        assertThat(AvailableMemory.in(root).bytes()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void isThereOnThisMachine() {
        assertThat(AvailableMemory.ofThisProcess().bytes()).isBetween(MIB, 1L << 50);
    }
}
