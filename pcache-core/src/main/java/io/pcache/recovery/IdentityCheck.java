package io.pcache.recovery;

import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.health.CacheEvents;
import io.pcache.identity.BackingProbe;
import io.pcache.identity.DeviceIdentity;
import io.pcache.identity.DeviceIdentity.Verdict;
import io.pcache.identity.IdentityRecord;
import io.pcache.index.CacheIndex;
import io.pcache.media.IdentityLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.route.CacheMode;
import io.pcache.sys.Errno;
import java.time.Instant;
import java.util.UUID;

/**
 * Holds the backing device against the one that the cache's identity record names, and keeps the record. A refusal
 * needs what tells two devices apart for certain: ids that stay with a device, or, where the devices have none, what is
 * on them or a smaller size. What is on a device also changes through its cache, so it only counts if the cache holds
 * nothing of the device's beginning; where it does hold something, that is compared.
 */
final class IdentityCheck {
    /** Most formats have their signature there. */
    private static final long BEGINNING_BYTES = 1 << 20;

    private final PCacheConfig config;
    /** Null where nothing is known of the backing device. */
    private final BackingProbe probe;

    private final IdentityRecord record;
    private DeviceIdentity given;
    private Verdict verdict = Verdict.UNKNOWN;

    IdentityCheck(CacheMemory memory, PCacheConfig config) {
        this.config = config;
        this.probe = config.backingProbe();
        this.record = probe == null ? null : IdentityRecord.load(memory);
    }

    private boolean isNoted() {
        return record != null && record.isValid();
    }

    /** By ids and size, in front of everything else. */
    void beforeReplay() throws PCacheException {
        if (!isNoted()) {
            return;
        }
        given = probe.identify();
        verdict = record.backing().compare(given);
        boolean smaller = given.sectors() < record.backing().sectors();
        if (verdict == Verdict.DIFFERENT || verdict == Verdict.UNKNOWN && smaller) {
            differs();
        }
    }

    /** By what is on the device, where ids could not tell. */
    void afterReplay(CacheIndex index) throws PCacheException {
        if (!isNoted() || verdict != Verdict.UNKNOWN) {
            return;
        }
        given = probe.withSignatures(given);
        boolean cached = index.next(0) == 0 && index.find(0, 0, (int) (BEGINNING_BYTES >>> 9), new long[1]) > 0;
        if (!cached && record.backing().carriesOther(given)) {
            differs();
        }
    }

    private void differs() throws PCacheException {
        if (!config.overwriteForeign()) {
            throw new PCacheException(
                    Errno.EINVAL,
                    "the cache belongs to another backing device: to "
                            + record.backing() + ", and this is " + given
                            + "; nothing was written; use the cache's own, or --force to bind the cache to this "
                            + "one, where its dirty "
                            + "data is then written",
                    "Failed to start pcache (-EINVAL)");
        }
        tell("the cache belonged to another backing device, " + record.backing() + ", and is bound to " + given
                + " now");
    }

    /** What is known of the size that the backing device had, for the refusal of a smaller one; empty for nothing. */
    String noted() {
        return isNoted() ? "; it was in front of " + record.backing() : "";
    }

    /**
     * Whether what is dirty was written through. Where no record says so, the mode of now is the likely one of before.
     */
    boolean isWrittenThrough() {
        return isNoted() ? record.isWrittenThrough() : config.cacheMode() == CacheMode.WRITETHROUGH;
    }

    /**
     * Writes the record where something has changed, the cache being active now.
     *
     * @param formatted whether the device is a new cache, so that a record there is of a former one
     * @param writtenThrough whether nothing will be dirty that is not written through
     * @return the record, in use; null where none is kept
     */
    IdentityRecord keep(boolean formatted, boolean writtenThrough) {
        if (probe == null) {
            return null;
        }
        if (!record.isWritable() && !formatted && !config.overwriteForeign()) {
            tell("no record of the backing device is kept on the cache device: "
                    + (record.state() == IdentityRecord.State.NEWER
                            ? "there is one of a newer version of pcache"
                            : "its bytes " + IdentityLayout.copy(0) + " to "
                                    + (IdentityLayout.copy(IdentityLayout.COPIES) - 1)
                                    + " hold something else, which --force overwrites")
                    + "; another backing device would not be noticed");
            return null;
        }
        try {
            write(formatted, writtenThrough);
            return record;
        } catch (CacheMemoryException e) {
            tell("the record of the backing device could not be written: " + e.getMessage());
            return null;
        }
    }

    private void write(boolean formatted, boolean writtenThrough) {
        DeviceIdentity now = given == null ? probe.identify() : given;
        boolean known = isNoted() && !formatted;
        boolean changed = !known
                || verdict != Verdict.SAME
                || !now.ids().equals(record.backing().ids())
                || now.sectors() != record.backing().sectors()
                || !now.path().equals(record.backing().path());
        // One that goes on for a predecessor, or after a crash, has been in use since then.
        long since = known && record.inUseSince() > 0
                ? record.inUseSince()
                : Instant.now().getEpochSecond();
        if (changed) {
            record.store(known ? record.uuid() : UUID.randomUUID(), probe.withSignatures(now), since, writtenThrough);
        } else {
            record.storeUse(since, writtenThrough);
        }
    }

    private void tell(String text) {
        config.events().event(CacheEvents.Kind.IDENTITY, text);
    }
}
