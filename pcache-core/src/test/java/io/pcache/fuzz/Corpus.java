package io.pcache.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Inputs that a fuzzer has found and that are worth keeping: each leads somewhere that the others do not, or once
 * failed. The inputs are in {@code fuzz/TARGET.base64} among the test resources, one a line. {@code scripts/fuzz} looks
 * for more.
 */
public final class Corpus {

    /** What a fuzzer calls. */
    public interface Target {
        void run(byte[] input) throws Exception;
    }

    private Corpus() {}

    /** Runs all inputs; a failure names the input. */
    public static void run(String name, Target target) throws IOException {
        int inputs = 0;
        for (String line : read(name).lines().toList()) {
            try {
                target.run(Base64.getDecoder().decode(line));
            } catch (Throwable e) {
                throw new AssertionError("input " + line + ": " + e, e);
            }
            inputs++;
        }
        assertThat(inputs).isPositive();
    }

    private static String read(String name) throws IOException {
        try (InputStream file = Corpus.class.getResourceAsStream("/fuzz/" + name + ".base64")) {
            return new String(file.readAllBytes(), StandardCharsets.US_ASCII);
        }
    }
}
