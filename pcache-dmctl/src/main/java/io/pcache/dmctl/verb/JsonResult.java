package io.pcache.dmctl.verb;

import io.pcache.control.JsonCodec;
import io.pcache.control.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** Prints the result of a query as JSON: one object where the command names one device, else a list. */
final class JsonResult {
    private final List<JsonObject> objects = new ArrayList<>();
    private boolean list = true;

    void add(JsonObject object, boolean several) {
        objects.add(object);
        list = several;
    }

    void print(Call call) {
        call.out().print(JsonCodec.textForPeople(list ? objects : objects.get(0)));
    }
}
