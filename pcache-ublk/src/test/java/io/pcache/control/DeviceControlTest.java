package io.pcache.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pcache.sys.Errno;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of commands to a target that is slow, or silent. */
class DeviceControlTest {
    private static final long ANSWER_MS = 200;
    /** For targets that do answer, on a machine that may be busy. */
    private static final long PATIENT_MS = 2500;

    @TempDir
    Path folder;

    private Device device;
    private LivenessLock lock;
    private ServerSocketChannel server;
    private final List<SocketChannel> clients = new ArrayList<>();

    @BeforeEach
    void listen() throws IOException {
        device = new Device("pc", "", 0, folder);
        lock = LivenessLock.acquire(folder.resolve("lock"));
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(device.controlSocket()), 1);
    }

    @AfterEach
    void close() throws IOException {
        for (SocketChannel client : clients) {
            client.close();
        }
        server.close();
        lock.close();
    }

    private static ControlException refused(ThrowingCallable command) {
        return catchThrowableOfType(ControlException.class, command);
    }

    private void assertSilence(ControlException refusal) {
        assertThat(refusal.errno()).isEqualTo(Errno.ETIMEDOUT);
        assertThat(refusal.reasons())
                .singleElement()
                .asString()
                .startsWith("pc: the target (pid " + ProcessHandle.current().pid()
                        + ") does not answer within 1 s: see " + folder.resolve("log"))
                .contains("kill -9");
    }

    @Test
    void silentTargetEndsQueriesAndChanges() {
        DeviceControl control = new DeviceControl(device, 0, ANSWER_MS);
        assertSilence(refused(() -> control.info(false)));
        // Nobody accepts: the backlog is full by now, which a connect must not wait for either.
        assertSilence(refused(control::clear));
        assertSilence(refused(() -> control.suspend(false, false)));
    }

    /** A target that is asked for a change, answers two probes with this, and then tells that the change was made. */
    private Thread slowTarget(String toProbes) {
        Thread target = new Thread(() -> {
            try {
                SocketChannel change = accept();
                for (int i = 0; i < 2; i++) {
                    answer(accept(), toProbes);
                }
                answer(change, "{\"v\":1,\"ok\":true}\n");
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        target.start();
        return target;
    }

    @Test
    void changeIsWaitedForAsLongAsQueriesAreAnswered() throws Exception {
        Thread target = slowTarget("{\"v\":1,\"ok\":true,\"name\":\"pc\",\"activity\":{\"what\":\"replay\",\"quietMs\":"
                + DeviceControl.STALL_ANSWERS * PATIENT_MS + "}}\n");
        new DeviceControl(device, 0, PATIENT_MS).suspend(false, false);
        target.join();
    }

    /** However well its target answers: the pauses of an interrupted thread are none. */
    @Test
    void aWaitThatIsInterruptedEnds() throws Exception {
        Thread target = new Thread(() -> {
            try {
                accept();
                while (true) {
                    answer(accept(), "{\"v\":1,\"ok\":true,\"name\":\"pc\",\"activity\":{\"quietMs\":0}}\n");
                }
            } catch (IOException e) {
                // The end of the test closes the server.
                return;
            }
        });
        target.start();
        Thread.currentThread().interrupt();
        ControlException refusal = refused(() -> new DeviceControl(device, 0, PATIENT_MS).waitEvent(0));
        assertThat(Thread.interrupted()).isTrue();
        assertThat(refusal.errno()).isEqualTo(Errno.EINTR);
    }

    /** A target that is asked for a change, and answers the first question about it with this. */
    private Thread standingTarget(long quietMs) {
        Thread target = new Thread(() -> {
            try {
                accept();
                answer(
                        accept(),
                        "{\"v\":1,\"ok\":true,\"name\":\"pc\",\"activity\":{\"what\":\"replay\",\"done\":1,\"total\":4,"
                                + "\"quietMs\":" + quietMs + "}}\n");
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        target.start();
        return target;
    }

    @Test
    void changeThatStandsStillIsWaitedForNoLongerAndTheStepIsTold() throws Exception {
        Thread target = standingTarget(DeviceControl.STALL_ANSWERS * PATIENT_MS + 1);
        ControlException refusal = refused(() -> new DeviceControl(device, 0, PATIENT_MS).clear());
        target.join();

        assertThat(refusal.errno()).isEqualTo(Errno.ETIMEDOUT);
        assertThat(refusal.reasons())
                .singleElement()
                .isEqualTo("pc: clear is waited for no longer: its step 'replay' (25 %), which needs the cache device, "
                        + "has not got on for 150 s (-ETIMEDOUT)");
    }

    /** Past the point of no return it answers queries as if it were gone, while its devices are made durable. */
    @Test
    void removalIsWaitedForAsLongAsTheTargetLives() throws Exception {
        Thread target = slowTarget("{\"v\":1,\"ok\":false,\"errno\":6,\"reasons\":[]}\n");
        new DeviceControl(device, 0, PATIENT_MS).suspend(false, false);
        target.join();
    }

    /** Its device is there all the same, and its name is taken. */
    @Test
    void targetThatComesUpForTooLongIsToldFromADeviceThatIsGone() throws Exception {
        server.close();
        Files.writeString(folder.resolve("recover"), "{}");
        String stat = Files.readString(Path.of("/proc/self/stat"));
        String startTime = stat.substring(stat.lastIndexOf(')') + 2).split(" ")[22 - 3];
        Files.writeString(folder.resolve("supervisor"), ProcessHandle.current().pid() + " " + startTime);

        ControlException refusal = refused(() -> new DeviceControl(device, 0, ANSWER_MS).info(false));

        assertThat(refusal.errno()).isEqualTo(Errno.ENOLINK);
        assertThat(refusal.reasons())
                .singleElement()
                .isEqualTo("pc: its target has died, and the next one (pid "
                        + ProcessHandle.current().pid()
                        + ") is not ready, as it replays the cache or waits for a device, within 2 s; see "
                        + device.log());
    }

    @Test
    void changeHasItsOwnLimit() {
        ControlException refusal = refused(() -> new DeviceControl(device, 100, ANSWER_MS).suspend(false, false));

        assertThat(refusal.errno()).isEqualTo(Errno.ETIMEDOUT);
        assertThat(refusal.reasons()).singleElement().asString().startsWith("pc: suspend was not done within ");
    }

    @Test
    void holderOfALockIsTold() throws Exception {
        assertThat(device.targetPid()).isEqualTo(ProcessHandle.current().pid());
        lock.close();
        assertThat(device.targetPid()).isZero();
        lock = LivenessLock.acquire(folder.resolve("other"));
    }

    private SocketChannel accept() throws IOException {
        SocketChannel client = server.accept();
        clients.add(client);
        return client;
    }

    private static void answer(SocketChannel client, String text) throws IOException {
        client.read(ByteBuffer.allocate(1 << 16));
        client.write(ByteBuffer.wrap(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    }
}
