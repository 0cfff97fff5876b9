/**
 * Reports: {@code info -c} and {@code splitname}, and the selections ({@code -S}) of all verbs. A
 * {@link io.pcache.dmctl.report.Row} answers for each {@link io.pcache.dmctl.report.Field};
 * {@link io.pcache.dmctl.report.FieldList} reads {@code -o} and {@code --sort},
 * {@link io.pcache.dmctl.report.SelectionParser} reads {@code -S}; {@link io.pcache.dmctl.report.Report} collects and
 * sorts, {@link io.pcache.dmctl.report.ReportFormat} lays out.
 *
 * <p>As libdevmapper does, a mistake in a field's name or in a selection ends a command with the list of fields, and
 * without {@code Command failed.}
 */
package io.pcache.dmctl.report;
