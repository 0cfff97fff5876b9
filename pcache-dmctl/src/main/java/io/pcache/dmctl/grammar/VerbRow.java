package io.pcache.dmctl.grammar;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A row of {@link VerbName}, and the methods by which such a row is written. */
final class VerbRow {
    static final int ANY_NUMBER = -1;
    /** What {@code --force} means where a table is loaded. */
    static final String FORCE_A_TABLE =
            "Format a device that is not blank; bind a cache to another backing device; pass over too little memory.";

    static final String CACHE_DEVICE = "The cache device, or an image of one.";

    final String word;
    final VerbFamily family;
    final VerbGroup group;
    final String sentence;
    int least;
    int most = ANY_NUMBER;
    String[] synopsis = {};
    String example;
    String exits = "";
    boolean query;
    boolean report;
    List<String> details = List.of();
    Map<Option, String> meanings = Map.of();
    Map<String, String> operandSentences = Map.of();

    private VerbRow(VerbFamily family, String word, VerbGroup group, String sentence) {
        this.family = family;
        this.word = word;
        this.group = group;
        this.sentence = sentence;
    }

    /** A verb whose command line is read as dmsetup's. */
    static VerbRow dmsetup(String word, VerbGroup group, String sentence) {
        return new VerbRow(VerbFamily.DMSETUP, word, group, sentence);
    }

    /** A verb with a command line of its own. */
    static VerbRow own(String word, VerbFamily family, VerbGroup group, String sentence) {
        return new VerbRow(family, word, group, sentence);
    }

    /** How many operands there may be; any number where a row does not say. */
    VerbRow operands(int fewest, int largest) {
        least = fewest;
        most = largest;
        return this;
    }

    /** What follows the word, in the lines in which help prints it. */
    VerbRow synopsis(String... lines) {
        synopsis = lines;
        return this;
    }

    /** What an operand of the synopsis is. */
    VerbRow operand(String name, String meaning) {
        if (operandSentences.isEmpty()) {
            operandSentences = new LinkedHashMap<>();
        }
        operandSentences.put(name, meaning);
        return this;
    }

    /** What an option is for, where the option's own row says something else. */
    VerbRow option(Option option, String meaning) {
        if (meanings.isEmpty()) {
            // No EnumMap: the first EnumMap of a process costs a quick command more than all the rows.
            meanings = new HashMap<>();
        }
        meanings.put(option, meaning);
        return this;
    }

    /** Paragraphs behind the sentence. */
    VerbRow detail(String... paragraphs) {
        details = List.of(paragraphs);
        return this;
    }

    /** Exit statuses other than 0 for success and 1 for a failure. */
    VerbRow exits(String meanings) {
        exits = meanings;
        return this;
    }

    /** The verb changes nothing, so that {@code --count} may repeat the verb. */
    VerbRow query() {
        query = true;
        return this;
    }

    /** The verb prints reports. */
    VerbRow report() {
        report = true;
        return this;
    }

    /** A line to be pasted, without the program's name. */
    VerbRow example(String line) {
        example = line;
        return this;
    }
}
