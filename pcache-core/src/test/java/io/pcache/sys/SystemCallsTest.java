package io.pcache.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemCallsTest {
    private final SystemCalls calls = SystemCalls.linux();

    @TempDir
    Path directory;

    private Path file(int length) throws Exception {
        return Files.write(directory.resolve("file"), new byte[length]);
    }

    @Test
    void errorCarriesErrnoCallAndArgument() {
        assertThatThrownBy(() -> calls.open("/nonexistent/é", Linux.O_RDONLY))
                .hasMessage("open /nonexistent/é: No such file or directory (ENOENT)")
                .asInstanceOf(type(SystemCallException.class))
                .satisfies(e -> {
                    assertThat(e.errno()).isEqualTo(Errno.ENOENT);
                    assertThat(e.errnoName()).isEqualTo("ENOENT");
                    assertThat(e.call()).isEqualTo("open");
                    assertThat(e.argument()).isEqualTo("/nonexistent/é");
                });
    }

    @Test
    void transfersReturnCountsAndNegativeErrno() throws Exception {
        int fd = calls.open(file(100).toString(), Linux.O_RDWR);
        ByteBuffer buffer = NativeMemory.allocate(64);
        buffer.putLong(0, 0x1122334455667788L);
        long address = NativeMemory.address(buffer);
        assertThat(calls.pwrite(fd, address, 8, 90)).isEqualTo(8);
        buffer.putLong(0, 0);
        assertThat(calls.pread(fd, address, 64, 90))
                .as("end of file cuts the read")
                .isEqualTo(10);
        assertThat(buffer.getLong(0)).isEqualTo(0x1122334455667788L);
        calls.close(fd);
        assertThat(calls.pread(fd, address, 8, 0)).isEqualTo(-Errno.EBADF);
        assertThatThrownBy(() -> calls.close(fd)).hasMessage("close fd " + fd + ": Bad file descriptor (EBADF)");
    }

    @Test
    void mapsFileAndWrapsItsBytes() throws Exception {
        Path file = file(8192);
        int fd = calls.open(file.toString(), Linux.O_RDWR);
        long address = calls.mmap(0, 8192, Linux.PROT_READ | Linux.PROT_WRITE, Linux.MAP_SHARED, fd, 0);
        ByteBuffer mapped = NativeMemory.wrap(address, 8192);
        assertThat(NativeMemory.address(mapped)).isEqualTo(address);
        mapped.putInt(4096, 0x01020304);
        calls.munmap(address, 8192);
        calls.close(fd);
        assertThat(java.util.Arrays.copyOfRange(Files.readAllBytes(file), 4096, 4100))
                .containsExactly(4, 3, 2, 1);
    }

    @Test
    void mapsFromOffset() throws Exception {
        byte[] bytes = new byte[3 * 4096];
        bytes[2 * 4096] = 42;
        Path file = Files.write(directory.resolve("file"), bytes);
        int fd = calls.open(file.toString(), Linux.O_RDONLY);
        long address = calls.mmap(0, 4096, Linux.PROT_READ, Linux.MAP_PRIVATE, fd, 2 * 4096);
        assertThat(NativeMemory.wrap(address, 4096).get(0)).isEqualTo((byte) 42);
        calls.munmap(address, 4096);
        calls.close(fd);
    }

    @Test
    void refusedMappingNamesTheErrno() throws Exception {
        int fd = calls.open(file(4096).toString(), Linux.O_RDONLY);
        assertThatThrownBy(() -> calls.mmap(0, 4096, Linux.PROT_WRITE, Linux.MAP_SHARED, fd, 0))
                .hasMessageContaining("mmap 4096 bytes at offset 0")
                .hasMessageEndingWith("(EACCES)");
        calls.close(fd);
    }

    @Test
    void tellsRegularFilesAndDevicesApart() throws Exception {
        FileStatus file = calls.status(file(12345).toString());
        assertThat(file.isRegularFile()).isTrue();
        assertThat(file.isBlockDevice() || file.isCharacterDevice()).isFalse();
        assertThat(file.sizeBytes()).isEqualTo(12345);
        assertThat(file.inode()).isEqualTo(Files.getAttribute(directory.resolve("file"), "unix:ino"));
        FileStatus nul = calls.status("/dev/null");
        assertThat(nul.isCharacterDevice()).isTrue();
        assertThat(nul.deviceNumber()).isEqualTo("1:3");
    }

    @Test
    void blockIoctlOnRegularFileFails() throws Exception {
        int fd = calls.open(file(512).toString(), Linux.O_RDONLY);
        assertThatThrownBy(() -> calls.blockDeviceSize(fd))
                .hasMessage("ioctl BLKGETSIZE64 on fd " + fd + ": Inappropriate ioctl for device (ENOTTY)");
        calls.close(fd);
    }

    @Test
    void lockExcludesOtherDescriptionsInThisProcess() throws Exception {
        String path = file(1).toString();
        int first = calls.open(path, Linux.O_RDWR);
        int second = calls.open(path, Linux.O_RDWR);
        assertThat(calls.tryLockExclusive(first)).isTrue();
        assertThat(calls.tryLockExclusive(second)).isFalse();
        calls.close(first);
        assertThat(calls.tryLockExclusive(second)).isTrue();
        calls.close(second);
    }

    @Test
    void knowsFileSystemsThatLiveInMemory() throws Exception {
        org.junit.jupiter.api.Assumptions.assumeTrue(Files.isDirectory(Path.of("/dev/shm")), "needs /dev/shm");
        int fd = calls.open("/dev/shm", Linux.O_RDONLY);
        assertThat(calls.fileSystem(fd).isVolatile()).isTrue();
        calls.close(fd);
    }

    @Test
    void bindsThreadToCpu() throws Exception {
        BitSet before = affinity();
        BitSet one = new BitSet();
        one.set(before.nextSetBit(0));
        calls.setAffinity(0, one);
        assertThat(affinity()).isEqualTo(one);
        calls.setAffinity(0, before);
        assertThat(affinity()).isEqualTo(before);
    }

    /** The CPUs that this thread may run on: groups of 32 in hexadecimal, the highest first. */
    private static BitSet affinity() throws IOException {
        String line = Files.readAllLines(Path.of("/proc/thread-self/status")).stream()
                .filter(text -> text.startsWith("Cpus_allowed:"))
                .findFirst()
                .orElseThrow();
        String mask = line.substring(line.indexOf(':') + 1).trim().replace(",", "");
        BitSet cpus = new BitSet();
        for (int i = 0; i < mask.length() * 4; i++) {
            int digit = Character.digit(mask.charAt(mask.length() - 1 - i / 4), 16);
            cpus.set(i, (digit >> i % 4 & 1) != 0);
        }
        return cpus;
    }

    @Test
    void goesBehindOtherThreadsAndKeepsItsNiceness() throws Exception {
        Path stat = Path.of("/proc/thread-self/stat");
        String[] before = fieldsBehindName(stat);
        CompletableFuture<String[]> after = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                calls.setBatch(20_000_000);
                after.complete(fieldsBehindName(stat));
            } catch (IOException e) {
                after.completeExceptionally(e);
            }
        });
        thread.start();
        assertThat(after.get()[38]).as("policy").isEqualTo("3");
        assertThat(after.get()[16]).as("niceness").isEqualTo(before[16]);
        assertThat(fieldsBehindName(stat)[38]).as("policy of another thread").isEqualTo("0");
        thread.join();
    }

    /** See proc_pid_stat(5); its field 3 is the first here. */
    private static String[] fieldsBehindName(Path stat) throws IOException {
        String text = Files.readString(stat);
        return text.substring(text.lastIndexOf(')') + 2).trim().split(" ");
    }

    @Test
    void capabilityIsTakenFromThisThreadAloneAndGivenBack() throws Exception {
        BitSet before = effective("/proc/thread-self/status");
        int capability = before.nextSetBit(0);
        assumeThat(capability).as("a capability").isNotNegative();

        assertThat(calls.setEffective(capability, false)).isTrue();
        BitSet without = effective("/proc/thread-self/status");
        BitSet ofMain = effective("/proc/self/status");
        assertThat(calls.setEffective(capability, false))
                .as("nothing to change")
                .isFalse();
        assertThat(calls.setEffective(capability, true)).isTrue();

        assertThat(effective("/proc/thread-self/status")).isEqualTo(before);
        before.clear(capability);
        assertThat(without).isEqualTo(before);
        assertThat(ofMain.get(capability)).as("the first thread's").isTrue();
    }

    private static BitSet effective(String status) throws Exception {
        String line = Files.readAllLines(Path.of(status)).stream()
                .filter(text -> text.startsWith("CapEff:"))
                .findFirst()
                .orElseThrow();
        return BitSet.valueOf(new long[] {
            Long.parseUnsignedLong(line.substring(line.indexOf(':') + 1).trim(), 16)
        });
    }

    @Test
    void knowsItself() throws Exception {
        assertThat((long) calls.getpid()).isEqualTo(ProcessHandle.current().pid());
        assertThat(calls.pageSize()).isGreaterThanOrEqualTo(4096);
    }

    @Test
    void alignedBufferStartsAtMultipleOfAlignment() {
        for (int alignment : new int[] {8, 512, 4096, 65536}) {
            ByteBuffer buffer = NativeMemory.allocateAligned(1000, alignment);
            assertThat(NativeMemory.address(buffer) % alignment).isZero();
            assertThat(buffer.capacity()).isEqualTo(1000);
        }
    }

    @Test
    void hotCallsAllocateNothing() throws Exception {
        int fd = calls.open(file(4096).toString(), Linux.O_RDWR);
        ByteBuffer buffer = NativeMemory.allocate(512);
        long address = NativeMemory.address(buffer);
        long allocated = 0;
        for (int round = 0; round < 5; round++) {
            allocated = allocatedBy(() -> {
                for (int i = 0; i < 2000; i++) {
                    calls.pread(fd, address, 512, 0);
                    calls.pwrite(fd, address, 512, 0);
                    calls.ioUringEnter(fd, 0, 0, 0);
                    calls.pread(-1, address, 512, 0);
                }
            });
        }
        calls.close(fd);
        assertThat(allocated).as("bytes allocated by 8000 calls").isLessThan(1000);
    }

    private static long allocatedBy(Runnable action) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        action.run();
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    @Test
    void givesPagesBackLockedOrNot() throws Exception {
        int length = 4 * calls.pageSize();
        long address = calls.mmap(
                0, length, Linux.PROT_READ | Linux.PROT_WRITE, Linux.MAP_PRIVATE | Linux.MAP_ANONYMOUS, -1, 0);
        ByteBuffer memory = NativeMemory.wrap(address, length);
        for (boolean locked : new boolean[] {false, true}) {
            if (locked) {
                calls.mlock(address, length);
            }
            memory.put(length - 1, (byte) 1);
            calls.discard(address, length);
            assertThat(memory.get(length - 1)).as("locked: " + locked).isZero();
        }
        calls.munmap(address, length);
    }

    @Test
    void flagsFollowTheArchitecture() {
        assertThat(Architecture.of("amd64").oDirect).isEqualTo(0x4000);
        assertThat(Architecture.of("aarch64").oDirect).isEqualTo(0x10000);
        assertThatThrownBy(() -> Architecture.of("riscv64")).hasMessageContaining("riscv64");
    }
}
