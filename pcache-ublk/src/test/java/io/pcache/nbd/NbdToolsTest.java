package io.pcache.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pcache.frontend.ObservedDevice;
import io.pcache.frontend.ObservedDevice.Completion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What other people's clients make of the server. */
@Timeout(180)
class NbdToolsTest {
    private static final int MIB = 1 << 20;

    @TempDir
    Path directory;

    private Served serve(Completion completion) throws IOException {
        return new Served(directory, new ObservedDevice(64 * MIB, 512, false, completion));
    }

    /** The tool's output; the test is skipped where there is no such tool. */
    private String run(String... command) throws Exception {
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            assumeTrue(false, command[0] + " is not installed");
            throw e;
        }
        try (InputStream output = process.getInputStream()) {
            String text = new String(output.readAllBytes());
            assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(text).isZero();
            return text;
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void nbdinfoSeesWhatWeOffer() throws Exception {
        try (Served served = serve(Completion.AT_ONCE)) {
            assertThat(run("nbdinfo", "--json", served.frontEnd.location()))
                    .contains(
                            "\"export-size\": 67108864",
                            "\"block_size_minimum\": 512",
                            "\"block_size_maximum\": 33554432",
                            "\"can_multi_conn\": true",
                            "\"can_fua\": true",
                            "\"can_flush\": true",
                            "\"can_trim\": true",
                            "\"can_zero\": true",
                            "\"can_df\": true",
                            "\"is_read_only\": false",
                            "\"is_rotational\": false",
                            "\"can_fast_zero\": false",
                            "\"can_cache\": false",
                            "base:allocation");
            assertThat(run("nbdinfo", "--map", served.frontEnd.location())).containsPattern("0 +67108864 +0 +data");
            assertThat(run("nbdinfo", "--list", served.frontEnd.location())).contains("export=\"\"");
        }
    }

    @ParameterizedTest
    @EnumSource(Completion.class)
    void nbdcopyCopiesInAndOut(Completion completion) throws Exception {
        byte[] data = new byte[64 * MIB];
        new Random(1).nextBytes(data);
        // A hole, which nbdcopy makes a request for zeroes of.
        Arrays.fill(data, 8 * MIB, 40 * MIB, (byte) 0);
        Files.write(directory.resolve("in"), data);
        try (Served served = serve(completion)) {
            run("nbdcopy", "--flush", "in", served.frontEnd.location());
            run("nbdcopy", served.frontEnd.location(), "out");
        }
        assertThat(Files.mismatch(directory.resolve("in"), directory.resolve("out")))
                .isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--bs=4k --iodepth=16",
                "--bsrange=512-256k --iodepth=32",
                "--bsrange=512-2m --bs_unaligned=0 --blockalign=512 --iodepth=8 --fsync=50",
                "--bs=4k --iodepth=128",
                "--bs=4m --iodepth=4"
            })
    void fioVerifiesWhatItWrote(String options) throws Exception {
        try (Served served = serve(Completion.SHUFFLED)) {
            List<String> command = new java.util.ArrayList<>(List.of(
                    "fio",
                    "--name=verify",
                    "--ioengine=nbd",
                    "--uri=" + served.frontEnd.location(),
                    "--rw=randwrite",
                    "--size=64m",
                    "--verify=crc32c",
                    "--verify_fatal=1",
                    "--do_verify=1",
                    "--randseed=3"));
            command.addAll(List.of(options.split(" ")));
            assertThat(run(command.toArray(String[]::new))).contains("err= 0");
        }
    }

    @Test
    void severalFioJobsShareTheDevice() throws Exception {
        try (Served served = serve(Completion.SHUFFLED)) {
            String output = run(
                    "fio",
                    "--name=verify",
                    "--ioengine=nbd",
                    "--uri=" + served.frontEnd.location(),
                    "--rw=randrw",
                    "--size=8m",
                    "--numjobs=8",
                    "--offset_increment=8m",
                    "--bsrange=512-64k",
                    "--iodepth=8",
                    "--verify=crc32c",
                    "--verify_fatal=1",
                    "--thread");
            assertThat(output.split("err= 0", -1)).hasSize(9);
        }
    }
}
