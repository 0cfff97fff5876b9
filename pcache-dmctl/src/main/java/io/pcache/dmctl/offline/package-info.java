/**
 * The verbs that work on cache devices and images that are not active: check, dump, restore, writeback, repair, wipe.
 * dmsetup has none of these, so they follow fsck: options of their own, and the exit statuses of
 * {@link io.pcache.dmctl.offline.ExitStatus}.
 *
 * <pre>
 *  OfflineVerbs     finds the class of a verb, turns failures into a line and an exit status
 *    OfflineVerb    what the commands share
 *      CheckVerb, DumpVerb, RestoreVerb, WritebackVerb, RepairVerb, WipeVerb
 *  ReportText, ReportJson   what a check or a write-back found
 *  DumpWriter, DumpReader   a device as JSON, and back
 * </pre>
 *
 * What the verbs do is in {@link io.pcache.offline}; here are only options and output.
 */
package io.pcache.dmctl.offline;
