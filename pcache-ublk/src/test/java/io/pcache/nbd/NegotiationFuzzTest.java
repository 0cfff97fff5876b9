package io.pcache.nbd;

import io.pcache.fuzz.Corpus;
import io.pcache.fuzz.InputRandom;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** Fuzz target: what a client sends to negotiate; the bytes themselves, or options as the input says. */
public class NegotiationFuzzTest {

    public static void fuzzerTestOneInput(byte[] input) {
        InputRandom random = new InputRandom(input);
        boolean full = random.nextInt(8) == 0;
        ByteBuffer stream = random.nextBoolean()
                ? ByteBuffer.wrap(random.rest())
                : NbdFuzzTest.mutated(random, NbdFuzzTest.options(random));
        NbdFuzzTest.negotiate(stream, () -> !full);
    }

    @Test
    void knownInputsEndWell() throws Exception {
        Corpus.run("negotiation", NegotiationFuzzTest::fuzzerTestOneInput);
    }
}
