package io.pcache.server.device;

import io.pcache.control.ArgumentWords;
import java.util.List;

/** device-mapper's checks of a disk geometry: cylinders, heads, sectors a track, first sector. */
final class Geometry {
    private Geometry() {}

    /** The four numbers of a text; null where the text is something else. */
    static long[] parse(String text) {
        List<String> words = ArgumentWords.split(text);
        if (words.size() != 4) {
            return null;
        }
        long[] numbers = new long[4];
        for (int i = 0; i < numbers.length; i++) {
            try {
                numbers[i] = Long.parseLong(words.get(i));
            } catch (NumberFormatException e) {
                return null;
            }
            if (numbers[i] < 0) {
                return null;
            }
        }
        return numbers;
    }

    /** What is wrong with the numbers; null where nothing is wrong. */
    static String refusal(long[] numbers) {
        if (numbers[0] > 65_535 || numbers[1] > 255 || numbers[2] > 255) {
            return "Geometry exceeds range limits.";
        }
        return numbers[3] > numbers[0] * numbers[1] * numbers[2] ? "Start sector is beyond the geometry limits." : null;
    }
}
