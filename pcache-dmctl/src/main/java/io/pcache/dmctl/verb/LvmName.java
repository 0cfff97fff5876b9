package io.pcache.dmctl.verb;

import io.pcache.dmctl.report.Field;

/**
 * The parts of an LVM device name: {@code vg-lv-layer}, where a dash inside a part is doubled, and one at the very end
 * stands for itself.
 *
 * @param volumeGroup before the first single dash
 * @param logicalVolume before the second
 * @param layer before the third; what follows that is dropped
 */
record LvmName(String volumeGroup, String logicalVolume, String layer) {

    static LvmName split(String name) {
        String[] parts = {"", "", ""};
        StringBuilder part = new StringBuilder();
        int index = 0;
        for (int i = 0; i < name.length() && index < parts.length; i++) {
            char c = name.charAt(i);
            boolean last = i + 1 == name.length();
            if (c == '-' && !last && name.charAt(i + 1) == '-') {
                part.append('-');
                i++;
            } else if (c == '-' && !last) {
                parts[index++] = part.toString();
                part.setLength(0);
            } else {
                part.append(c);
            }
        }
        if (index < parts.length) {
            parts[index] = part.toString();
        }
        return new LvmName(parts[0], parts[1], parts[2]);
    }

    String part(Field field) {
        return switch (field) {
            case VG_NAME -> volumeGroup;
            case LV_NAME -> logicalVolume;
            case LV_LAYER -> layer;
            default -> throw new IllegalArgumentException(field.id());
        };
    }
}
