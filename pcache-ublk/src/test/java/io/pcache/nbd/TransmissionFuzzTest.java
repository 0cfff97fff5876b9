package io.pcache.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.frontend.ObservedDevice;
import io.pcache.frontend.ObservedDevice.Completion;
import io.pcache.fuzz.Corpus;
import io.pcache.fuzz.InputRandom;
import io.pcache.fuzz.ScratchDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * Fuzz target: what a client sends once it has negotiated; the bytes themselves, or commands as the input says. The
 * connection ends when the client's side does, and another client is served.
 */
public class TransmissionFuzzTest {

    /** One server for all inputs: threads and sockets take longer than most of them. */
    private static final class Server {
        private static final Server INSTANCE = new Server();

        private final ScratchDirectory scratch;
        private final Served served;
        private final RawClient other;

        private Server() {
            try {
                scratch = ScratchDirectory.make();
                served = new Served(
                        scratch.path(),
                        new ObservedDevice(1 << 20, 512, false, Completion.SHUFFLED),
                        settings -> settings.withMaxClients(8)
                                .withBufferBytes(10 * PageBuffer.BYTES)
                                .withQueueThreads(1));
                other = RawClient.structured(served.socket);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        Server server = Server.INSTANCE;
        InputRandom random = new InputRandom(input);
        boolean structured = random.nextBoolean();
        ByteBuffer stream = random.nextBoolean()
                ? ByteBuffer.wrap(random.rest())
                : NbdFuzzTest.mutated(random, NbdFuzzTest.commands(random));
        try (RawClient client =
                structured ? RawClient.structured(server.served.socket) : RawClient.simple(server.served.socket)) {
            NbdFuzzTest.sendAll(client, stream);
            NbdFuzzTest.drain(client);
        }
        assertThat(server.other.call(RawClient.READ, 0, 0, 4096)).isZero();
        assertThat(server.served.fatal.get()).as("why a thread ended").isNull();
    }

    @AfterAll
    static void stop() throws IOException {
        Server.INSTANCE.other.close();
        Server.INSTANCE.served.close();
        Server.INSTANCE.scratch.close();
    }

    @Test
    void knownInputsEndWell() throws Exception {
        Corpus.run("transmission", TransmissionFuzzTest::fuzzerTestOneInput);
    }
}
