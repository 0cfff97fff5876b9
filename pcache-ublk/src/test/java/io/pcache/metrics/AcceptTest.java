package io.pcache.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AcceptTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "neither",
            value = {
                "''                                                                                             "
                        + "                               | CLASSIC",
                "*/*                                                                                            "
                        + "                               | CLASSIC",
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8                                "
                        + "                               | CLASSIC",
                "application/openmetrics-text                                                                   "
                        + "                               | OPEN_METRICS",
                "Application/OpenMetrics-Text ; Version=1.0.0                                                   "
                        + "                               | OPEN_METRICS",
                "text/plain                                                                                     "
                        + "                               | CLASSIC",
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1 | OPEN_METRICS",
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=1.0.0;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1 | OPEN_METRICS",
                "application/openmetrics-text;q=0.2, text/plain;q=0.3                                           "
                        + "                               | CLASSIC",
                "text/plain;q=0.3, application/openmetrics-text;q=0.4                                           "
                        + "                               | OPEN_METRICS",
                "application/openmetrics-text;q=0, */*                                                          "
                        + "                               | CLASSIC",
                "text/plain;q=0, */*;q=0.1                                                                      "
                        + "                               | OPEN_METRICS",
                "text/plain;version=1.0.0, application/openmetrics-text;version=\"1.0.0\";q=0.001               "
                        + "                               | OPEN_METRICS",
                "application/openmetrics-text;version=2.0.0, text/*;q=0.5                                       "
                        + "                               | CLASSIC",
                "application/*                                                                                  "
                        + "                               | OPEN_METRICS",
                "application/openmetrics-text, text/plain                                                       "
                        + "                               | CLASSIC",
                "application/openmetrics-text, */*                                                              "
                        + "                               | OPEN_METRICS",
                "application/json                                                                               "
                        + "                               | neither",
                "*/*;q=0                                                                                        "
                        + "                               | neither",
                "text/plain;q=1.5                                                                               "
                        + "                               | neither",
                "nonsense, ;;=, /                                                                               "
                        + "                               | neither",
            })
    void choosesWhatTheClientWantsMost(String header, TextFormat format) {
        assertThat(Accept.choose(header)).isEqualTo(format);
    }
}
