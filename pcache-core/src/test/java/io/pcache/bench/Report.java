package io.pcache.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.Map;

/** Numbers for scripts: one line of JSON on standard output, with the names that the script knows. */
public final class Report {
    private final Map<String, Object> values = new LinkedHashMap<>();

    public Report put(String name, double value) {
        values.put(name, value);
        return this;
    }

    public Report put(String name, String value) {
        values.put(name, value);
        return this;
    }

    public void print() {
        try {
            System.out.println(new ObjectMapper().writeValueAsString(values));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
