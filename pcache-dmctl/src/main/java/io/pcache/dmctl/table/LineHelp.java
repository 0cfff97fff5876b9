package io.pcache.dmctl.table;

import io.pcache.control.TableHelp;
import io.pcache.media.DeviceLayout;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Explains why a line is no line of a table: names the word at fault, and what belongs in its place. */
final class LineHelp {
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,12}(?:\\.[0-9]{1,6})?)([kmgtp])(i?b)?");
    private static final Pattern COUNTED = Pattern.compile("([0-9]{1,18})(s|sectors)");
    private static final String UNITS = "kmgtp";
    private static final int BITS_PER_UNIT = 10;
    private static final String ANATOMY = "; a line is: " + TableHelp.FORM + ", for example: " + TableHelp.LINE;

    private LineHelp() {}

    /**
     * @param start the first word
     * @param length the second word; empty where there is none
     */
    static String of(String start, boolean startIsNumber, String length, boolean lengthIsNumber) {
        if (!startIsNumber) {
            String file = start.indexOf('/') >= 0 || start.indexOf('.') > 0
                    ? ", and a file with the table is an operand of its own, without --table"
                    : "";
            return "pcache: " + TableHelp.quoted(start) + " stands where the first sector belongs, which is 0" + file
                    + ANATOMY;
        }
        if (length.isEmpty()) {
            return "pcache: the line ends behind its first word" + ANATOMY;
        }
        if (!lengthIsNumber) {
            String sectors = sectors(length);
            return "pcache: " + TableHelp.quoted(length) + " stands where the length belongs, a number of sectors of "
                    + DeviceLayout.SECTOR_BYTES + " bytes" + (sectors == null ? ANATOMY : ": write " + sectors);
        }
        return "pcache: the target's type is missing behind the length" + ANATOMY;
    }

    static String ofType(String type) {
        return "pcache: " + TableHelp.quoted(type) + " stands where the target's type belongs, which is pcache"
                + ANATOMY;
    }

    /** A size with a unit, in sectors; null where the word is no such size, or no whole number of sectors. */
    private static String sectors(String word) {
        String lower = word.toLowerCase(Locale.ROOT);
        Matcher counted = COUNTED.matcher(lower);
        if (counted.matches()) {
            return counted.group(1);
        }
        Matcher size = SIZE.matcher(lower);
        if (!size.matches()) {
            return null;
        }
        int power = UNITS.indexOf(size.group(2)) + 1;
        BigDecimal bytes = new BigDecimal(size.group(1)).multiply(BigDecimal.valueOf(1L << BITS_PER_UNIT * power));
        BigDecimal[] sectors = bytes.divideAndRemainder(BigDecimal.valueOf(DeviceLayout.SECTOR_BYTES));
        return sectors[1].signum() == 0 ? sectors[0].toBigInteger().toString() : null;
    }
}
