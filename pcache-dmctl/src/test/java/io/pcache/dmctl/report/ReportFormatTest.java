package io.pcache.dmctl.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReportFormatTest {

    @Test
    void quoteInANameDoesNotEndTheQuoting() {
        ReportFormat format = new ReportFormat(false, false, false, true, true, " ");

        assertThat(format.text(Field.NAME, Cell.of("a'; reboot; '"))).isEqualTo("DM_NAME='a'\\''; reboot; '\\'''");
    }
}
