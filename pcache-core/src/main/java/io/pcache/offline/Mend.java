package io.pcache.offline;

import io.pcache.memory.CacheMemory;
import java.util.function.Consumer;

/**
 * Something that {@code repair} can do about a problem without putting data at risk.
 *
 * @param description what the mend does, as a command: "write copy 0 of the key tail anew from copy 1"
 * @param action does this, on a draft of the device
 */
public record Mend(String description, Consumer<CacheMemory> action) {

    void apply(CacheMemory draft) {
        action.accept(draft);
    }
}
