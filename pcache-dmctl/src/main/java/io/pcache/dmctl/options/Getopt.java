package io.pcache.dmctl.options;

import io.pcache.dmctl.grammar.NearestWord;
import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.grammar.VerbName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Splits a command line into options and operands exactly as glibc's getopt_long does. Options may follow operands.
 * Long names may be abbreviated while the abbreviation is unambiguous. Letters may be glued together, and to their
 * value. {@code --} ends the options. The texts of the errors are glibc's.
 */
final class Getopt {

    /** Takes the options in the order in which they stand on the command line. */
    interface Handler {
        /** @param value null for an option without one */
        void option(Option option, String value) throws OptionException;

        /** Whether an argument that looks like an option is an operand all the same. */
        boolean isOperand(String argument, List<String> operandsSoFar);
    }

    private final String program;
    private final List<String> arguments;
    private final Handler handler;
    private int next;

    private Getopt(String program, List<String> arguments, Handler handler) {
        this.program = program;
        this.arguments = arguments;
        this.handler = handler;
    }

    /**
     * @param program the name that error texts begin with
     * @param permute whether options may follow operands (they may not where POSIXLY_CORRECT is set)
     * @return the operands
     * @throws OptionException at the first option that is wrong
     */
    static List<String> parse(String program, List<String> arguments, boolean permute, Handler handler)
            throws OptionException {
        return new Getopt(program, arguments, handler).parse(permute);
    }

    private List<String> parse(boolean permute) throws OptionException {
        List<String> operands = new ArrayList<>();
        while (next < arguments.size()) {
            String argument = arguments.get(next++);
            if (argument.equals("--")) {
                break;
            }
            if (argument.length() < 2 || argument.charAt(0) != '-' || handler.isOperand(argument, operands)) {
                operands.add(argument);
                if (!permute) {
                    break;
                }
            } else if (argument.startsWith("--")) {
                longOption(argument.substring(2));
            } else {
                letters(argument);
            }
        }
        operands.addAll(arguments.subList(next, arguments.size()));
        return operands;
    }

    private void letters(String argument) throws OptionException {
        for (int i = 1; i < argument.length(); i++) {
            char letter = argument.charAt(i);
            Option option = Option.ofLetter(letter);
            if (option == null) {
                throw new OptionException(program + ": invalid option -- '" + letter + "'");
            }
            if (!option.takesValue()) {
                handler.option(option, null);
                continue;
            }
            String glued = argument.substring(i + 1);
            if (glued.isEmpty() && next == arguments.size()) {
                throw new OptionException(program + ": option requires an argument -- '" + letter + "'");
            }
            handler.option(option, glued.isEmpty() ? arguments.get(next++) : glued);
            return;
        }
    }

    private void longOption(String text) throws OptionException {
        int equals = text.indexOf('=');
        String name = equals < 0 ? text : text.substring(0, equals);
        Option option = find(name, text);
        if (!option.takesValue()) {
            if (equals >= 0) {
                throw new OptionException(program + ": option '--" + option.longName() + "' doesn't allow an argument");
            }
            handler.option(option, null);
        } else if (equals >= 0) {
            handler.option(option, text.substring(equals + 1));
        } else if (next < arguments.size()) {
            handler.option(option, arguments.get(next++));
        } else {
            throw new OptionException(program + ": option '--" + option.longName() + "' requires an argument");
        }
    }

    private Option find(String name, String text) throws OptionException {
        Option found = null;
        int candidates = 0;
        for (Option option : Option.ofDmsetupsLine()) {
            if (option.longName().equals(name)) {
                return option;
            }
            if (option.longName().startsWith(name) && (option.isOfDmsetup() || found == null || !found.isOfDmsetup())) {
                candidates++;
                found = found == null ? option : found;
            }
        }
        if (candidates == 0) {
            throw unrecognized(name, text);
        }
        if (candidates > 1) {
            throw ambiguous(name, text, found.isOfDmsetup());
        }
        return found;
    }

    private OptionException unrecognized(String name, String text) {
        Option elsewhere = Option.ofName(name);
        if (elsewhere != null) {
            return new OptionException(program + ": unrecognized option '--" + text + "'\npcache: --" + name
                    + " is for " + String.join(", ", VerbName.takersOf(elsewhere)));
        }
        String nearest = NearestWord.to(
                name,
                Arrays.stream(Option.ofDmsetupsLine()).map(Option::longName).toList());
        return new OptionException(program + ": unrecognized option '--" + text + "'"
                + (nearest == null ? "" : "\npcache: did you mean '--" + nearest + "'?"));
    }

    private OptionException ambiguous(String name, String text, boolean ofDmsetup) {
        StringBuilder line =
                new StringBuilder(program).append(": option '--").append(text).append("' is ambiguous; possibilities:");
        for (Option option : Option.ofDmsetupsLine()) {
            if (option.longName().startsWith(name) && option.isOfDmsetup() == ofDmsetup) {
                line.append(" '--").append(option.longName()).append('\'');
            }
        }
        return new OptionException(line.toString());
    }
}
