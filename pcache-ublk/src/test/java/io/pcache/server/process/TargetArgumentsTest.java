package io.pcache.server.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pcache.cache.CacheIo;
import io.pcache.control.ControlException;
import io.pcache.control.LogLevel;
import io.pcache.sys.Errno;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TargetArgumentsTest {
    private static TargetArguments parse(String... more) throws ControlException {
        List<String> words = new ArrayList<>(List.of(
                "--run-dir=/run/pcache",
                "--minor=7",
                "--incarnation=1-2-3",
                "--name=pc",
                "--uuid=",
                "--frontend=auto"));
        words.addAll(List.of(more));
        return TargetArguments.parse(words.toArray(String[]::new));
    }

    @Test
    void whatIsNotGivenHasADefault() throws ControlException {
        TargetArguments arguments = parse();

        assertThat(arguments.cacheIo()).isEqualTo(CacheIo.DIRECT);
        assertThat(arguments.cacheDiscard()).isEmpty();
        assertThat(arguments.logLevel()).isEqualTo(LogLevel.INFO);
        assertThat(arguments.metrics()).isEmpty();
        assertThat(arguments.recover()).isFalse();
    }

    /** A restart hands empty values over where the target before was of a version without the argument. */
    @Test
    void anEmptyValueIsTheDefault() throws ControlException {
        TargetArguments arguments = parse("--cache-io=", "--cache-discard=", "--log-level=", "--metrics=");

        assertThat(arguments.cacheIo()).isEqualTo(CacheIo.DIRECT);
        assertThat(arguments.logLevel()).isEqualTo(LogLevel.INFO);
    }

    @Test
    void aWordOfTheCommandLineIsTaken() throws ControlException {
        for (CacheIo io : CacheIo.values()) {
            assertThat(parse("--cache-io=" + io.word()).cacheIo()).isEqualTo(io);
        }
        assertThat(parse("--cache-discard=false").cacheDiscard()).isEqualTo("false");
        assertThat(parse("--log-level=debug", "--recover"))
                .matches(arguments -> arguments.logLevel() == LogLevel.DEBUG)
                .matches(TargetArguments::recover);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--cache-io=sync | cache-io: 'sync' is not direct or buffered",
                "--cache-io=DIRECT | cache-io: 'DIRECT' is not direct or buffered",
                "--cache-discard=yes | cache-discard: 'yes' is not true or false",
                "--log-level=loud | log-level: 'loud' is not error, warning, info or debug",
                "--cache_io=direct | unknown argument --cache_io=direct",
                "--minor=-1 | minor out of range: -1"
            })
    void anythingElseIsRefused(String word, String reason) {
        ControlException refusal = catchThrowableOfType(ControlException.class, () -> parse(word));

        assertThat(refusal.errno()).isEqualTo(Errno.EINVAL);
        assertThat(refusal.reasons())
                .containsExactly("pcache: " + reason + "; a target is started by pcachectl create (-EINVAL)");
    }
}
