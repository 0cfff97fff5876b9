package io.pcache.dmctl.table;

import io.pcache.control.TableLine;
import java.util.List;

/**
 * A device in concise form.
 *
 * @param name the name as typed
 * @param uuid the uuid as typed; empty for none
 * @param minor -1 for the lowest free
 * @param readOnly whether the flags say {@code ro}
 * @param lines null for a device without a table
 */
public record ConciseEntry(String name, String uuid, int minor, boolean readOnly, List<TableLine> lines) {}
