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
 * Compares the backing device with the device that the cache's identity record names, and keeps the record. A refusal
 * needs evidence that tells two devices apart for certain: ids that stay with a device, or, if the devices have no ids,
 * their signatures or a smaller size. Signatures also change through the cache itself. So signatures count only if the
 * cache holds nothing of the device's beginning. If the cache holds data from there, this data is compared.
 */
final class IdentityCheck {
    /** In so many first bytes of a device, most formats have their signature. */
    private static final long BEGINNING_BYTES = 1 << 20;

    private final PCacheConfig config;
    /** Null if nothing is known of the backing device. */
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

    /** Compares ids and size, in front of everything else. */
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

    /** Compares the signatures on the device, if ids could not tell. */
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

    /** Tells, for the refusal of a smaller device, which backing device the cache had; empty if nothing is known. */
    String noted() {
        return isNoted() ? "; it was in front of " + record.backing() : "";
    }

    /** Whether all dirty data was written through. If no record tells, the present mode is the likely former mode. */
    boolean isWrittenThrough() {
        return isNoted() ? record.isWrittenThrough() : config.cacheMode() == CacheMode.WRITETHROUGH;
    }

    /**
     * Writes the record if any value in the record has changed. To be called when the cache is active.
     *
     * @param formatted whether the device is a new cache; a record on the device is then a former cache's
     * @param writtenThrough whether all data that is dirty now or later is written through
     * @return the record, in use; null if no record is kept
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
        // A cache that goes on for a predecessor, or after a crash, has been in use since the time in the record.
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
