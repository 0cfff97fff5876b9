package io.pcache.dmctl.options;

import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.grammar.Synopsis;
import io.pcache.dmctl.grammar.VerbName;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The arguments of a verb with a command line of its own. picocli reads the arguments by the verb's row in the grammar.
 * Immutable.
 */
public final class VerbArguments {
    private final ParseResult parsed;

    private VerbArguments(ParseResult parsed) {
        this.parsed = parsed;
    }

    /**
     * Reads what stands behind the verb.
     *
     * @param program the name that error texts begin with
     * @throws OptionException for an option that the verb does not take, for an option without its value, and for a
     *     wrong number of operands
     */
    public static VerbArguments parse(String program, VerbName verb, List<String> arguments) throws OptionException {
        try {
            return new VerbArguments(new CommandLine(spec(verb))
                    // A file's name may begin with an at sign.
                    .setExpandAtFiles(false)
                    .parseArgs(arguments.toArray(String[]::new)));
        } catch (UnmatchedArgumentException e) {
            Option option = optionOf(e.getUnmatched().get(0));
            throw new OptionException(
                    option == null ? program + ": " + verb.word() + ": " + e.getMessage() : verb.refusalOf(option));
        } catch (ParameterException e) {
            throw new OptionException(program + ": " + verb.word() + ": " + e.getMessage());
        }
    }

    private static CommandSpec spec(VerbName verb) {
        CommandSpec spec = CommandSpec.create().name(verb.word());
        spec.addOption(builder(Option.HELP).usageHelp(true).build());
        for (Option option : verb.options()) {
            spec.addOption(builder(option).build());
        }
        List<String> names = Synopsis.of(verb).names();
        if (verb.most() < 0) {
            spec.addPositional(PositionalParamSpec.builder()
                    .paramLabel('<' + names.get(0) + '>')
                    .index("0..*")
                    .arity("0..*")
                    .type(List.class)
                    .auxiliaryTypes(String.class)
                    .build());
            return spec;
        }
        for (int i = 0; i < verb.most(); i++) {
            spec.addPositional(PositionalParamSpec.builder()
                    .paramLabel('<' + names.get(i) + '>')
                    .index(Integer.toString(i))
                    .required(i < verb.least())
                    .arity(i < verb.least() ? "1" : "0..1")
                    .type(String.class)
                    .build());
        }
        return spec;
    }

    private static OptionSpec.Builder builder(Option option) {
        OptionSpec.Builder builder = option.hasLetter()
                ? OptionSpec.builder("-" + option.letter(), name(option))
                : OptionSpec.builder(name(option));
        return option.takesValue() ? builder.type(String.class).paramLabel(option.value()) : builder;
    }

    private static String name(Option option) {
        return "--" + option.longName();
    }

    /** The option whose long name an argument begins with; null where an argument names no option in full. */
    private static Option optionOf(String argument) {
        int equals = argument.indexOf('=');
        return argument.startsWith("--")
                ? Option.ofName(argument.substring(2, equals < 0 ? argument.length() : equals))
                : null;
    }

    /** Whether {@code --help} was given. The number of operands was not checked then. */
    public boolean isHelpAsked() {
        return parsed.isUsageHelpRequested();
    }

    public boolean has(Option option) {
        return parsed.hasMatchedOption(name(option));
    }

    /** Null where the option was not given. */
    public String value(Option option) {
        return parsed.matchedOptionValue(name(option), (String) null);
    }

    /** Without the verb. */
    public List<String> operands() {
        List<String> operands = new ArrayList<>();
        // The matched parameters of the result do not serve: a parameter is there again for each option that stands
        // between operands.
        for (PositionalParamSpec positional : parsed.commandSpec().positionalParameters()) {
            operands.addAll(positional.stringValues());
        }
        return operands;
    }

    /** Null where there are fewer. */
    public String operand(int index) {
        List<String> operands = operands();
        return index < operands.size() ? operands.get(index) : null;
    }
}
