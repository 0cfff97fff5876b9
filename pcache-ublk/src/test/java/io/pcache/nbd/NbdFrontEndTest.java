package io.pcache.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.frontend.ObservedDevice;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class NbdFrontEndTest {
    @TempDir
    Path directory;

    private NbdSettings settings(String name) {
        return NbdSettings.defaults(directory.resolve(name));
    }

    @Test
    void socketIsItsOwnersAndAloneInTheDirectory() throws IOException {
        try (Served served = new Served(directory, ObservedDevice.ofMiB(1))) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(served.socket)))
                    .isEqualTo("rw-------");
            assertThat(directory).isDirectoryContaining(served.socket::equals);
            assertThat(directory.toFile().list()).hasSize(1);
        }
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void locationIsAUriThatKeepsOddPaths() {
        assertThat(new NbdFrontEnd(NbdSettings.defaults(Path.of("/run/pcache/fast/nbd"))).location())
                .isEqualTo("nbd+unix:///?socket=/run/pcache/fast/nbd");
        assertThat(new NbdFrontEnd(NbdSettings.defaults(Path.of("/a b/x\\x20&é#%+?"))).location())
                .isEqualTo("nbd+unix:///?socket=/a%20b/x%5Cx20%26%C3%A9%23%25%2B%3F");
    }

    @Test
    void fileInTheWayIsLeftAlone() throws IOException {
        Files.writeString(directory.resolve("nbd"), "mine");
        try (ObservedDevice device = ObservedDevice.ofMiB(1);
                NbdFrontEnd frontEnd = new NbdFrontEnd(settings("nbd"))) {
            assertThatThrownBy(() -> frontEnd.start(device)).isInstanceOf(FileAlreadyExistsException.class);
            assertThat(device.openQueues()).isZero();
        }
        assertThat(directory.resolve("nbd")).hasContent("mine");
        assertThat(directory.toFile().list()).hasSize(1);
    }

    @Test
    void pathThatIsTooLongIsNamed() throws IOException {
        Path deep = Files.createDirectory(
                directory.resolve("d".repeat(100 - directory.toString().length())));
        for (String name : new String[] {"n", "n".repeat(60)}) {
            try (ObservedDevice device = ObservedDevice.ofMiB(1);
                    NbdFrontEnd frontEnd = new NbdFrontEnd(NbdSettings.defaults(deep.resolve(name)))) {
                assertThatThrownBy(() -> frontEnd.start(device))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("bytes too long: " + deep);
                assertThat(device.openQueues()).isZero();
            }
        }
        assertThat(deep).isEmptyDirectory();
    }

    @Test
    void countsClientsThatHaveTheDeviceOpen() throws IOException {
        try (Served served = new Served(directory, ObservedDevice.ofMiB(1))) {
            List<RawClient> clients = new ArrayList<>();
            for (int i = 1; i <= 20; i++) {
                clients.add(RawClient.simple(served.socket));
                assertThat(served.frontEnd.openCount()).isEqualTo(i);
            }
            for (RawClient client : clients) {
                assertThat(client.read(0, 4096)).hasSize(4096);
                client.close();
            }
            Served.await("all to be gone", () -> served.frontEnd.openCount() == 0);
        }
    }

    @Test
    void tellsWhenTheLastClientHasGone() throws IOException {
        AtomicInteger told = new AtomicInteger();
        try (Served served = new Served(
                directory, ObservedDevice.ofMiB(1), settings -> settings.withOnLastClose(told::incrementAndGet))) {
            RawClient first = RawClient.simple(served.socket);
            RawClient second = RawClient.simple(served.socket);
            RawClient.greeted(served.socket).close();
            first.close();
            Served.await("the first to be gone", () -> served.frontEnd.openCount() == 1);
            assertThat(told).hasValue(0);
            second.close();
            Served.await("the call", () -> told.get() == 1);
            assertThat(served.frontEnd.openCount()).isZero();
        }
        assertThat(told).hasValue(1);
    }

    @Test
    void closeCompletesRequestsUnderWay() throws Exception {
        Served served = new Served(directory, ObservedDevice.ofMiB(1));
        served.device.hold();
        served.device.keepSubmitted = true;
        try (RawClient client = RawClient.simple(served.socket);
                RawClient halfOpen = RawClient.greeted(served.socket)) {
            client.sendCommand(RawClient.WRITE, 0, 1, 0, 512, new byte[512]);
            Served.await("the request to arrive", () -> served.device.submitted.size() == 1);
            CompletableFuture<Void> closed = CompletableFuture.runAsync(() -> {
                try {
                    served.close();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            assertThat(halfOpen.isHungUp()).isTrue();
            assertThat(closed).isNotDone();
            served.device.release();
            assertThat(client.receiveReply().error()).isZero();
            assertThat(client.isHungUp()).isTrue();
            closed.get();
            assertThatThrownBy(() -> RawClient.connect(served.socket)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void closeDoesNotWaitForEverForAClientThatTakesNoReplies() throws IOException {
        Served served = new Served(directory, ObservedDevice.ofMiB(4));
        try (RawClient client = RawClient.simple(served.socket)) {
            served.device.keepSubmitted = true;
            client.sendCommand(RawClient.READ, 0, 1, 0, 4 << 20);
            Served.await("the request to arrive", () -> !served.device.submitted.isEmpty());
            served.close();
        }
    }

    @Test
    void closeDoesNotWaitForRequestsThatWaitForEver() throws IOException {
        Served served = new Served(directory, ObservedDevice.ofMiB(1));
        served.device.hold();
        served.device.givesUp = true;
        served.device.keepSubmitted = true;
        try (RawClient client = RawClient.simple(served.socket)) {
            client.sendCommand(RawClient.WRITE, 0, 1, 0, 512, new byte[512]);
            Served.await("the request to arrive", () -> served.device.submitted.size() == 1);
            served.close();
            assertThat(client.isHungUp()).isTrue();
        }
    }

    @Test
    void closeTwiceAndWithoutStartDoesNothing() throws IOException {
        new NbdFrontEnd(settings("nbd")).close();
        Served served = new Served(directory, ObservedDevice.ofMiB(1));
        served.close();
        served.close();
    }

    @Test
    void closeLeavesAFileThatIsNotItsOwn() throws IOException {
        try (ObservedDevice device = ObservedDevice.ofMiB(1);
                NbdFrontEnd frontEnd = new NbdFrontEnd(settings("nbd"))) {
            frontEnd.start(device);
            Files.delete(directory.resolve("nbd"));
            Files.writeString(directory.resolve("nbd"), "another's");
        }
        assertThat(directory.resolve("nbd")).hasContent("another's");
    }

    @Test
    void threadThatFailsIsFatal() throws Exception {
        CompletableFuture<Throwable> fatal = new CompletableFuture<>();
        ObservedDevice device = ObservedDevice.ofMiB(1);
        NbdFrontEnd frontEnd =
                new NbdFrontEnd(settings("nbd").withQueueThreads(1).withFatal(fatal::complete));
        frontEnd.start(device);
        device.submitFails = new IllegalStateException("a bug");
        try (RawClient client = RawClient.simple(directory.resolve("nbd"))) {
            client.sendCommand(RawClient.READ, 0, 1, 0, 512);
            assertThat(fatal.get()).hasMessage("a bug");
        }
        frontEnd.close();
        device.close();
    }

    @Test
    void settingsAreChecked() {
        NbdSettings settings = settings("nbd");
        assertThatThrownBy(() -> settings.withQueueThreads(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> settings.withMaxClients(1000))
                .hasMessageContaining("256 KiB for each of 1000 clients");
        assertThatThrownBy(() -> settings.withBufferBytes(1 << 20)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> settings.withNegotiationTimeout(java.time.Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
