package io.pcache.control;

import java.util.ArrayList;
import java.util.List;

/**
 * Something that is wrong with a device, for as long as it is.
 *
 * @param code by which programs know it; {@link #UNKNOWN} from a target that tells none
 * @param text one line for people: what, where, why
 */
public record Problem(String code, String text) {
    public static final String UNKNOWN = "unknown";

    private static final String TEXTS = "problems";

    /**
     * Adds two lists to an object, if there are any problems: {@code problems}, which are lines, and their codes in the
     * same order.
     *
     * @param codes name of the second list
     */
    public static JsonObject put(JsonObject json, String codes, List<Problem> problems) {
        return problems.isEmpty()
                ? json
                : json.put(TEXTS, problems.stream().map(Problem::text).toList())
                        .put(codes, problems.stream().map(Problem::code).toList());
    }

    /** Takes what {@link #put} has added. Targets that were started by earlier versions give lines alone. */
    static List<Problem> of(JsonObject json, String codes) {
        List<String> texts = json.strings(TEXTS);
        List<String> known = json.strings(codes);
        List<Problem> problems = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            problems.add(new Problem(i < known.size() ? known.get(i) : UNKNOWN, texts.get(i)));
        }
        return problems;
    }
}
