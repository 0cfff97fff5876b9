package io.pcache.cache;

import io.pcache.clock.Clock;
import io.pcache.health.CacheEvents;
import io.pcache.identity.BackingProbe;
import io.pcache.route.CacheMode;
import io.pcache.setting.Setting;
import io.pcache.setting.SettingValues;
import io.pcache.slab.FreeMemory;
import java.nio.file.Path;
import java.util.Objects;

/** How a cache is brought up. Made by {@link #builder}; immutable. */
public final class PCacheConfig {
    private final String name;
    private final long sizeBytes;
    private final SettingValues settings;
    private final boolean salvage;
    private final boolean overwriteForeign;
    private final CacheEvents events;
    private final Progress progress;
    private final Path carryOver;
    private final FreeMemory freeMemory;
    private final boolean insistent;
    private final boolean existing;
    private final Verify verify;
    private final BackingProbe backingProbe;
    private final boolean trustsData;
    private final Clock clock;
    private final TransferBuffers transferBuffers;

    private PCacheConfig(Builder builder) {
        this.name = builder.name;
        this.sizeBytes = builder.sizeBytes;
        this.settings = builder.settings;
        this.salvage = builder.salvage;
        this.overwriteForeign = builder.overwriteForeign;
        this.events = builder.events;
        this.progress = builder.progress;
        this.carryOver = builder.carryOver;
        this.freeMemory = builder.freeMemory;
        this.insistent = builder.insistent;
        this.existing = builder.existing;
        this.verify = builder.verify;
        this.backingProbe = builder.backingProbe;
        this.trustsData = builder.trustsData;
        this.clock = builder.clock;
        this.transferBuffers = builder.transferBuffers;
    }

    /**
     * @param sizeBytes size of the mapped device (the table's length), a multiple of 512. Activation checks that the
     *     backing device is at least as large
     */
    public static Builder builder(long sizeBytes) {
        return new Builder(sizeBytes);
    }

    /** The name in thread names and messages. */
    public String name() {
        return name;
    }

    public long sizeBytes() {
        return sizeBytes;
    }

    /** The table's settings, with defaults for settings that the table leaves out. */
    public SettingValues settings() {
        return settings;
    }

    /**
     * Whether checksums of cached data are kept. For a cache that exists, this must be what the cache was formatted
     * with.
     */
    public boolean dataCrc() {
        return settings.flag(Setting.DATA_CRC);
    }

    /** Whether a log that is corrupt in the middle is cut there; otherwise the cache is refused. */
    public boolean salvage() {
        return salvage;
    }

    /**
     * Whether a device that is not blank may be formatted, and a cache may be bound to another backing device than its
     * own.
     */
    public boolean overwriteForeign() {
        return overwriteForeign;
    }

    public CacheEvents events() {
        return events;
    }

    /** Is told how far activation has come. */
    public Progress progress() {
        return progress;
    }

    /** The file in which acknowledged writes that are not durable yet outlive the process; null if they need not. */
    public Path carryOver() {
        return carryOver;
    }

    /**
     * Asked before memory is taken for the index. If there is not enough for what the log holds, activation is refused.
     * If there is not enough later, the index does not grow.
     */
    public FreeMemory freeMemory() {
        return freeMemory;
    }

    /** Whether activation takes the memory that it needs without asking. */
    public boolean insistent() {
        return insistent;
    }

    /** Whether there must be a cache on the device: a blank device is refused then. */
    public boolean existing() {
        return existing;
    }

    /** How much of the clean data is compared with the backing device. */
    public Verify verify() {
        return verify;
    }

    /** Tells which backing device this is, so that the cache keeps to its own; null to take any. */
    public BackingProbe backingProbe() {
        return backingProbe;
    }

    /** Whether replay takes data for good without checking its checksum. */
    public boolean trustsData() {
        return trustsData;
    }

    /** The clock for everything that waits or backs off. */
    public Clock clock() {
        return clock;
    }

    /** The transfers of each queue with a cache device that is a disk. */
    public TransferBuffers transferBuffers() {
        return transferBuffers;
    }

    /** When a write ends. Not kept on the cache device. */
    public CacheMode cacheMode() {
        return CacheMode.of(settings.word(Setting.CACHE_MODE));
    }

    /** Settings by name. A setting that is not set has the default of the table line. */
    public static final class Builder {
        private final long sizeBytes;
        private String name = "pcache";
        private SettingValues settings = SettingValues.DEFAULTS;
        private boolean salvage;
        private boolean overwriteForeign;
        private CacheEvents events = CacheEvents.NONE;
        private Progress progress = Progress.NONE;
        private Path carryOver;
        private FreeMemory freeMemory = FreeMemory.UNLIMITED;
        private boolean insistent;
        private boolean existing;
        private Verify verify = Verify.NONE;
        private BackingProbe backingProbe;
        private boolean trustsData;
        private Clock clock = Clock.SYSTEM;
        private TransferBuffers transferBuffers = TransferBuffers.DEFAULT;

        private Builder(long sizeBytes) {
            if (sizeBytes <= 0 || sizeBytes % 512 != 0) {
                throw new IllegalArgumentException("device size " + sizeBytes + " is not a positive multiple of 512");
            }
            this.sizeBytes = sizeBytes;
        }

        public Builder name(String name) {
            this.name = Objects.requireNonNull(name);
            return this;
        }

        public Builder settings(SettingValues settings) {
            this.settings = Objects.requireNonNull(settings);
            return this;
        }

        /** Changes one of the {@linkplain #settings settings}. */
        public Builder dataCrc(boolean dataCrc) {
            return settings(settings.with(Setting.DATA_CRC, Boolean.toString(dataCrc)));
        }

        public Builder salvage(boolean salvage) {
            this.salvage = salvage;
            return this;
        }

        public Builder overwriteForeign(boolean overwriteForeign) {
            this.overwriteForeign = overwriteForeign;
            return this;
        }

        public Builder events(CacheEvents events) {
            this.events = Objects.requireNonNull(events);
            return this;
        }

        public Builder progress(Progress progress) {
            this.progress = Objects.requireNonNull(progress);
            return this;
        }

        /**
         * @param carryOver a file, best on tmpfs, that belongs to this cache device; null for none. With this file, a
         *     kill of the process loses nothing that was acknowledged, as long as the machine lives and the next
         *     activation gets the same file. Activation makes the file, and closing the cache deletes it
         */
        public Builder carryOver(Path carryOver) {
            this.carryOver = carryOver;
            return this;
        }

        public Builder freeMemory(FreeMemory freeMemory) {
            this.freeMemory = Objects.requireNonNull(freeMemory);
            return this;
        }

        public Builder insistent(boolean insistent) {
            this.insistent = insistent;
            return this;
        }

        /** @param existing whether to refuse a blank device, for a target that goes on where another has ended */
        public Builder existing(boolean existing) {
            this.existing = existing;
            return this;
        }

        public Builder verify(Verify verify) {
            this.verify = Objects.requireNonNull(verify);
            return this;
        }

        /** @param probe null to take any backing device, and to keep no record of the device */
        public Builder backingProbe(BackingProbe probe) {
            this.backingProbe = probe;
            return this;
        }

        /** @param trusts true only where the cache is not going to be used: reads would return damaged data */
        public Builder trustsData(boolean trusts) {
            this.trustsData = trusts;
            return this;
        }

        /** @param buffers for a cache device that is a disk; without effect for others */
        public Builder transferBuffers(TransferBuffers buffers) {
            this.transferBuffers = Objects.requireNonNull(buffers);
            return this;
        }

        /** @param clock a clock other than the machine's, for tests */
        public Builder clock(Clock clock) {
            this.clock = Objects.requireNonNull(clock);
            return this;
        }

        /** Changes one of the {@linkplain #settings settings}. */
        public Builder cacheMode(CacheMode mode) {
            return settings(settings.with(Setting.CACHE_MODE, mode.word()));
        }

        public PCacheConfig build() {
            return new PCacheConfig(this);
        }
    }
}
