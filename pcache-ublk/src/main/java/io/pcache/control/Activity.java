package io.pcache.control;

/**
 * What a target is busy with before its device is there: the activation of a table, or the start of the front end.
 *
 * @param what in a word or two: {@code open}, {@code allocate}, {@code format}, {@code replay}, {@code counting keys},
 *     {@code compare}, {@code rehearsal}, {@code front end}; empty for nothing
 * @param done how much is done; only the quotient of {@code done} and {@code total} has a meaning
 * @param total how much there is to do, in the same unit; 0 where that is not known
 * @param quietMs how long ago the activity last got on, in milliseconds
 */
public record Activity(String what, long done, long total, long quietMs) {
    public static final Activity NONE = new Activity("", 0, 0, 0);

    /** Whether the target is busy with anything. */
    public boolean any() {
        return !what.isEmpty();
    }

    /** The progress, 0 to 100; -1 where it is not known. */
    public int percent() {
        return total <= 0 ? -1 : (int) Math.min(100, done * 100.0 / total);
    }

    /** The step, its progress, and what the step needs: for a message about a step that gets no further. */
    String place() {
        String step = "step '" + what + "'" + (total > 0 ? " (" + percent() + " %)" : "");
        return switch (what) {
            case "allocate", "format", "replay", "counting keys" -> step + ", which needs the cache device";
            case "compare" -> step + ", which needs the backing device and the cache device";
            case "open" -> step + ", which opens both devices and reads the cache device";
            default -> step;
        };
    }

    static Activity fromJson(JsonObject json) {
        return json == null
                ? NONE
                : new Activity(
                        json.string("what", ""),
                        json.number("done", 0),
                        json.number("total", 0),
                        json.number("quietMs", 0));
    }

    JsonObject toJson() {
        JsonObject json = new JsonObject().put("what", what);
        if (total > 0) {
            json.put("done", done).put("total", total);
        }
        return json.put("quietMs", quietMs);
    }
}
