package io.pcache.control;

import io.pcache.media.DeviceLayout;
import io.pcache.setting.Setting;
import io.pcache.setting.SettingValues;

/**
 * What a table looks like, for second lines of errors. The kernel's line says that something is wrong; the second line
 * names the word, and what belongs in its place.
 */
public final class TableHelp {
    /** The optional words of a line, behind their count. */
    public static final String OPTIONS =
            SettingValues.DEFAULTS.with(Setting.DATA_CRC, "true").optionWords();
    /** A whole line. */
    public static final String LINE = "0 2097152 pcache /dev/pmem0 /dev/sdb " + OPTIONS;
    /** The words of a line, by their meaning. */
    public static final String FORM = "START LENGTH pcache CACHE BACKING [COUNT OPTION...]";

    private static final int LONGEST = 40;
    private static final int LEAST_PART = 8;

    private TableHelp() {}

    /**
     * The word in quotes, fit for a line: a long word is cut, and nothing stays that a terminal would take for a
     * command.
     */
    public static String quoted(String word) {
        String whole = ByteText.printable(word).replaceAll("\\p{Cntrl}", "?");
        return "\"" + (whole.length() > LONGEST ? whole.substring(0, LONGEST) + "..." : whole) + "\"";
    }

    /**
     * The line about a length that does not fit the backing device.
     *
     * @param sectors the length in the table
     * @param deviceSectors of the backing device
     */
    public static String ofLength(long sectors, long deviceSectors) {
        long ifBytes = sectors / DeviceLayout.SECTOR_BYTES;
        // If the length counts bytes, it is most of the device. A length that is a small part of the device is wrong in
        // another way.
        if (sectors % DeviceLayout.SECTOR_BYTES == 0
                && ifBytes <= deviceSectors
                && ifBytes >= deviceSectors / LEAST_PART) {
            return "the length looks like bytes, but a table counts sectors of " + DeviceLayout.SECTOR_BYTES
                    + " bytes: " + sectors + " bytes are " + ifBytes + " sectors";
        }
        return "a table cannot be longer than its backing device, which has " + deviceSectors + " sectors of "
                + DeviceLayout.SECTOR_BYTES + " bytes";
    }
}
