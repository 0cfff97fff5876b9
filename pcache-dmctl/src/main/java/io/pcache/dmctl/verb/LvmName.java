package io.pcache.dmctl.verb;

import io.pcache.dmctl.report.Field;

/**
 * The parts of an LVM device name, {@code vg-lv-layer}. A dash inside a part is doubled. A dash at the very end stands
 * for itself.
 *
 * @param volumeGroup the part in front of the first single dash
 * @param logicalVolume the part in front of the second single dash
 * @param layer the part in front of the third single dash; what follows is dropped
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
