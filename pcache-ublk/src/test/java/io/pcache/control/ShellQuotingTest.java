package io.pcache.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A name in a hint is one word to the shell that it is typed into, and the same one. */
class ShellQuotingTest {
    @ParameterizedTest
    @ValueSource(
            strings = {"pc", "a-b_c.1+2", "my disk", "it's", "$HOME", "a;b", "`x`", "\"q\"", "*", "#x", "~", "a\\b"})
    void isTheSameWordToAShell(String word) throws Exception {
        Process shell = new ProcessBuilder("sh", "-c", "printf '<%s>' " + ShellQuoting.quote(word)).start();

        assertThat(new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo("<" + word + ">");
    }

    @ParameterizedTest
    @ValueSource(strings = {"pc", "a-b_c.1+2", "Größe"})
    void staysAsItIsWhereAShellTakesItSo(String word) {
        assertThat(ShellQuoting.quote(word)).isEqualTo(word);
    }
}
