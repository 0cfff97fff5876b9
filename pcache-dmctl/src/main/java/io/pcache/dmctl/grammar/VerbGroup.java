package io.pcache.dmctl.grammar;

/** What verbs are for, in the order in which help shows the groups: what is needed daily comes first. */
public enum VerbGroup {
    DAILY("Devices, day by day"),
    WATCH("Watching"),
    BOOT("Devices of the tab, which come up at boot"),
    OFFLINE("Caches that are not active"),
    CHANGE("Changing a device that is in use"),
    SCRIPTS("For scripts that were written for dmsetup");

    private final String title;

    VerbGroup(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }
}
