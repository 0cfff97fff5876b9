package io.pcache.control;

import java.util.ArrayList;
import java.util.List;

/**
 * Something that is wrong with a device at the moment.
 *
 * @param code the name of the problem for programs; {@link #UNKNOWN} from a target that tells no codes
 * @param text one line for people: what, where, why
 */
public record DeviceProblem(String code, String text) {
    public static final String UNKNOWN = "unknown";

    private static final String TEXTS = "problems";

    /**
     * Adds two lists to an object, if there are any problems: the lines, as {@code problems}, and the codes in the same
     * order.
     *
     * @param codes name of the second list
     */
    public static JsonObject put(JsonObject json, String codes, List<DeviceProblem> problems) {
        return problems.isEmpty()
                ? json
                : json.put(TEXTS, problems.stream().map(DeviceProblem::text).toList())
                        .put(codes, problems.stream().map(DeviceProblem::code).toList());
    }

    /** Reads the lists that {@link #put} has added. Targets that were started by earlier versions give lines alone. */
    static List<DeviceProblem> of(JsonObject json, String codes) {
        List<String> texts = json.strings(TEXTS);
        List<String> known = json.strings(codes);
        List<DeviceProblem> problems = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            problems.add(new DeviceProblem(i < known.size() ? known.get(i) : UNKNOWN, texts.get(i)));
        }
        return problems;
    }
}
