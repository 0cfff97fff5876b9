package io.pcache.metrics;

/** The forms in which metrics are given. */
public enum TextFormat {
    /** The OpenMetrics format, https://prometheus.io/docs/specs/om/open_metrics_spec/. */
    OPEN_METRICS("application", "openmetrics-text", "1.0.0"),
    /**
     * The format that OpenMetrics came from, https://prometheus.io/docs/instrumenting/exposition_formats/. In this
     * format, metadata of a counter stands under the name of the counter's samples. Readers of this format, such as
     * node_exporter's textfile collector, see counters of the newer format without a type.
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

    /** The content type for HTTP. */
    public String contentType() {
        return type + "/" + subtype + "; version=" + version + "; charset=utf-8";
    }
}
