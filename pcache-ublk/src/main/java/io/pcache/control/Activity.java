package io.pcache.control;

/**
 * What a target is busy with that keeps a device from being there: a table's activation, the start of its front end.
 *
 * @param what in a word or two: {@code allocate}, {@code format}, {@code replay}, {@code index}, {@code rehearsal},
 *     {@code front end}; empty for nothing
 * @param done how much, in a unit that only the quotient of the two needs to know
 * @param total of how much; 0 where that is not known
 */
public record Activity(String what, long done, long total) {
    public static final Activity NONE = new Activity("", 0, 0);

    /** Whether there is anything. */
    public boolean any() {
        return !what.isEmpty();
    }

    /** 0 to 100; -1 where it is not known. */
    public int percent() {
        return total <= 0 ? -1 : (int) Math.min(100, done * 100.0 / total);
    }

    static Activity fromJson(JsonObject json) {
        return json == null
                ? NONE
                : new Activity(json.string("what", ""), json.number("done", 0), json.number("total", 0));
    }

    JsonObject toJson() {
        JsonObject json = new JsonObject().put("what", what);
        return total > 0 ? json.put("done", done).put("total", total) : json;
    }
}
