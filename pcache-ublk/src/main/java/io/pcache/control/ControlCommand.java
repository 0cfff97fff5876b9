package io.pcache.control;

/**
 * The commands of the control protocol. In the lists, a member with {@code ?} may be left out, and is then false,
 * empty, or what is said. Sectors are 512 bytes.
 */
public enum ControlCommand {
    /** {@code inactive?}: count the targets of the inactive table. Reply: the members of {@link DeviceInfo}. */
    INFO("info"),
    /**
     * {@code inactive?}. Reply: {@code lines}, each {@code start}, {@code length} (sectors), {@code type},
     * {@code args}; none without a table.
     */
    TABLE("table"),
    /**
     * As {@link #TABLE}, with the state in place of the arguments. Also in the reply: {@code problems?} and
     * {@code problemCodes?}, what is wrong, see {@link DeviceProblem}.
     */
    STATUS("status"),
    /**
     * {@code inactive?}. Reply: {@code devices}, the backing device first, each {@code path} and, for a block device,
     * {@code major}, {@code minor}, {@code name}.
     */
    DEPS("deps"),
    /**
     * {@code lines} (as in {@link #TABLE}), {@code readOnly?}, {@code force?} (format a cache device although it has
     * the signature of something else), {@code salvage?} (activate what is readable of a damaged log). Runs the target
     * constructor; may take long.
     */
    LOAD("load"),
    /** Drops the inactive table. */
    CLEAR("clear"),
    /**
     * {@code noflush?}: do not wait for requests under way; {@code nolockfs?}: accepted. Ends when the device is quiet.
     */
    SUSPEND("suspend"),
    /**
     * {@code noflush?} (requests that wait in the old table end with an error) and {@code nolockfs?} are for the
     * suspend that a swap of tables implies; {@code readAhead?}: sectors; {@code readAheadMinimum?}: whether this
     * read-ahead is a lower bound.
     */
    RESUME("resume"),
    /**
     * {@code force?}: first replace the live table by one that fails all I/O; {@code deferred?}: remove the device at
     * last close. Reply: {@code removed} (false: deferred).
     */
    REMOVE("remove"),
    /**
     * {@code noflush?} (requests that wait end with an error), {@code nolockfs?}, {@code force?} (the same, and data
     * that cannot be made durable is given up). Replaces the live table by one {@code error} target and resumes.
     */
    WIPE("wipe"),
    /** {@code sector}, {@code text}: the words, joined by blanks. */
    MESSAGE("message"),
    /** {@code name} or {@code uuid}: the new name or uuid. */
    RENAME("rename"),
    /**
     * {@code eventNr}: the reply comes when the device's event number differs. Reply: {@code eventNr}, {@code removed}.
     */
    WAIT("wait"),
    /** {@code geometry}: text, {@code cylinders heads sectors start}. */
    SET_GEOMETRY("setgeometry"),
    /**
     * {@code since?}: {@code snapshot} of an earlier reply. Reply: state and counters; members depend on the table's
     * type.
     */
    STATS("stats"),
    /**
     * {@code from?}, {@code count?}: segments, all by default; {@code cells?}: the largest number of cells. Reply:
     * {@link MapCells}; no members without a cache.
     */
    MAP("map"),
    /** Makes the links to the block device node again, as they should be. */
    MAKE_NODES("mknodes"),
    /**
     * {@code check?}: only say whether a hand-over would be refused. Else ends the target and leaves its block device
     * node to a successor.
     */
    HAND_OVER("handover"),
    /** Reply: {@code events}, the newest last, each {@code nr}, {@code time} (ISO 8601) and {@code text}. */
    EVENTS("events");

    private final String wireName;

    ControlCommand(String wireName) {
        this.wireName = wireName;
    }

    /** The value of the {@code cmd} member. */
    public String wireName() {
        return wireName;
    }

    /** The command of a name; null where there is no such command. */
    public static ControlCommand of(String wireName) {
        for (ControlCommand command : values()) {
            if (command.wireName.equals(wireName)) {
                return command;
            }
        }
        return null;
    }
}
