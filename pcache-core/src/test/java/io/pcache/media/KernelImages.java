package io.pcache.media;

import java.util.List;
import java.util.NoSuchElementException;

/**
 * The cache and backing devices that Linux's dm-pcache wrote, with what a reader must find on them.
 * {@code kernel-media/README.md} among the test resources describes the files.
 */
public final class KernelImages {

    // By name, because a folder of resources in a jar cannot be listed portably.
    private static final List<KernelImage> ALL = List.of(
            new KernelImage("fresh"),
            new KernelImage("fresh-crc"),
            new KernelImage("fresh-garbage"),
            new KernelImage("dirty-crc"),
            new KernelImage("dirty-nocrc-overlap"),
            new KernelImage("clean-readfill"),
            new KernelImage("wrapped"),
            new KernelImage("gc-past-last"),
            new KernelImage("unflushed-tail"));

    private KernelImages() {}

    /** Every scenario, from the emptiest cache to the most used one; fit for a JUnit {@code @MethodSource}. */
    public static List<KernelImage> all() {
        return ALL;
    }

    /** @throws NoSuchElementException if there is no scenario of this name */
    public static KernelImage named(String scenario) {
        return ALL.stream()
                .filter(image -> image.scenario().equals(scenario))
                .findFirst()
                .orElseThrow(() -> new NoSuchElementException("no kernel image '" + scenario + "' among " + ALL));
    }
}
