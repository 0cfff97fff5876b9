package io.pcache.dmctl.report;

import io.pcache.dmctl.failure.CommandFailure;

/** Which rows a report shows, and which devices a verb works on: the meaning of {@code -S}. */
public interface Selection {
    /** Selects every row. */
    Selection ALL = row -> true;

    boolean matches(Row row) throws CommandFailure;
}
