package io.pcache.metrics;

/** The forms in which metrics are given. */
public enum TextFormat {
    /** https://prometheus.io/docs/specs/om/open_metrics_spec/. */
    OPEN_METRICS("application", "openmetrics-text", "1.0.0"),
    /**
     * What OpenMetrics came from, https://prometheus.io/docs/instrumenting/exposition_formats/: what is said of a
     * counter is said under the name that its samples have. Readers of this format, node_exporter's textfile collector
     * among them, find counters without a type in the newer one.
     */
    CLASSIC("text", "plain", "0.0.4");

    final String type;
    final String subtype;
    final String version;

    TextFormat(String type, String subtype, String version) {
        this.type = type;
        this.subtype = subtype;
        this.version = version;
    }

    /** For HTTP. */
    public String contentType() {
        return type + "/" + subtype + "; version=" + version + "; charset=utf-8";
    }
}
