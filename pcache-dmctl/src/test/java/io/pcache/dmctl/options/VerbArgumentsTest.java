package io.pcache.dmctl.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.grammar.VerbName;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Verbs with a command line of their own read their arguments by the grammar. */
class VerbArgumentsTest {
    private static VerbArguments parse(VerbName verb, String... arguments) throws OptionException {
        return VerbArguments.parse("pcachectl", verb, List.of(arguments));
    }

    @Test
    void optionsMayStandAmongOperands() throws Exception {
        VerbArguments stats = parse(VerbName.STATS, "fast", "--json", "5", "2");
        assertThat(stats.operands()).containsExactly("fast", "5", "2");
        assertThat(stats.has(Option.JSON)).isTrue();

        VerbArguments repair = parse(VerbName.REPAIR, "-y", "cache", "--backup", "file");
        assertThat(repair.operands()).containsExactly("cache");
        assertThat(repair.operand(0)).isEqualTo("cache");
        assertThat(repair.operand(1)).isNull();
        assertThat(repair.has(Option.YES)).isTrue();
        assertThat(repair.value(Option.BACKUP)).isEqualTo("file");
        assertThat(repair.value(Option.UNDO)).isNull();
        assertThat(parse(VerbName.REPAIR, "--undo=file", "cache").value(Option.UNDO))
                .isEqualTo("file");
        assertThat(parse(VerbName.MAP).operands()).isEmpty();
    }

    @Test
    void whatStandsBehindTwoDashesIsAnOperand() throws Exception {
        VerbArguments check = parse(VerbName.CHECK, "--", "--json", "@file");
        assertThat(check.operands()).containsExactly("--json", "@file");
        assertThat(check.has(Option.JSON)).isFalse();
        assertThat(parse(VerbName.CHECK, "@file").operands()).containsExactly("@file");
    }

    @Test
    void helpIsAskedForWhateverTheOperands() throws Exception {
        assertThat(parse(VerbName.WRITEBACK, "-h").isHelpAsked()).isTrue();
        assertThat(parse(VerbName.WRITEBACK, "a", "b").isHelpAsked()).isFalse();
    }

    @Test
    void refusesWhatTheSynopsisDoesNotHave() {
        String[][] refusals = {
            {"pcachectl: writeback: Missing required parameters: '<cache_dev>', '<backing_dev>'"},
            {"pcachectl: writeback: Missing required parameter: '<backing_dev>'", "a"},
            {"pcachectl: writeback: Unmatched argument at index 2: 'c'", "a", "b", "c"},
            {"pcachectl: writeback: Unknown option: '--bogus'", "a", "b", "--bogus"},
            {"pcachectl: writeback: Unknown option: '-q'", "a", "b", "-q"},
            {"writeback does not take --table: it is for create, load, reload.", "a", "b", "--table=x"},
            {"writeback does not take --classic: it is for metrics.", "a", "b", "--classic"}
        };
        for (String[] refusal : refusals) {
            String[] arguments = Arrays.copyOfRange(refusal, 1, refusal.length);
            assertThatThrownBy(() -> parse(VerbName.WRITEBACK, arguments))
                    .isInstanceOf(OptionException.class)
                    .hasMessage(refusal[0]);
        }
        assertThatThrownBy(() -> parse(VerbName.MAP, "fast", "--svg"))
                .hasMessage("pcachectl: map: Missing required parameter for option '--svg' (<file>)");
    }
}
