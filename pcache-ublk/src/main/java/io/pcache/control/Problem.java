package io.pcache.control;

import java.util.ArrayList;
import java.util.List;

/**
 * Something that is wrong with a device, for as long as it is.
 *
 * @param code by which programs know what it is; {@link #UNKNOWN} from a target that tells none
 * @param text one line for people: what, where, why
 */
public record Problem(String code, String text) {
    public static final String UNKNOWN = "unknown";

    static final String MEMBER = "problems";

    /** Adds the member {@code problems} to an object, if there are any. */
    public static JsonObject put(JsonObject json, List<Problem> problems) {
        return problems.isEmpty() ? json
            : json.put(MEMBER, problems.stream().map(problem -> new JsonObject().put("code", problem.code).put("text", problem.text)).toList());
    }

    /** The member {@code problems} of a reply. Targets that were started by earlier versions give lines alone. */
    static List<Problem> of(JsonObject reply) {
        List<Problem> problems = new ArrayList<>();
        for (Object member : reply.members().get(MEMBER) instanceof List<?> list ? list : List.of()) {
            problems.add(member instanceof JsonObject object ? new Problem(object.string("code", UNKNOWN), object.string("text", "")) : new Problem(UNKNOWN, member.toString()));
        }
        return problems;
    }
}
