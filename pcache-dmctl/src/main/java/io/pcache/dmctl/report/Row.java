package io.pcache.dmctl.report;

import io.pcache.dmctl.failure.CommandFailure;

/** A line of a report. */
public interface Row {

    /**
     * What the row holds in a field. {@link Field#SELECTED} is never asked for.
     *
     * @throws CommandFailure when the row has nothing in the field, or the content cannot be had
     */
    Cell cell(Field field) throws CommandFailure;
}
