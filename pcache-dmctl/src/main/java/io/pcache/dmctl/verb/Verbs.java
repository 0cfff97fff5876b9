package io.pcache.dmctl.verb;

import io.pcache.dmctl.grammar.VerbName;

/** Finds the class that does the work of a row of the grammar. */
public final class Verbs {
    private Verbs() {}

    /** A new object of the class that does the work of a verb. No other verb's class is loaded. */
    public static Verb of(VerbName name) {
        return switch (name) {
            case HELP -> new HelpVerb();
            case CREATE, CREATE_CONCISE -> new CreateVerb();
            case REMOVE -> new RemoveVerb();
            case REMOVE_ALL -> new RemoveAllVerb();
            case SUSPEND -> new SuspendVerb();
            case RESUME -> new ResumeVerb();
            case LOAD, RELOAD -> new LoadVerb();
            case CLEAR -> new ClearVerb();
            case WIPE_TABLE -> new WipeTableVerb();
            case RENAME -> new RenameVerb();
            case MEASURE, STATUS, TABLE -> new TableVerb(name);
            case MESSAGE -> new MessageVerb();
            case LS -> new LsVerb();
            case INFO -> new InfoVerb();
            case DEPS -> new DepsVerb();
            case WAIT -> new WaitVerb();
            case MKNODES -> new MknodesVerb();
            case MANGLE -> new MangleVerb();
            case UDEVCREATECOOKIE, UDEVRELEASECOOKIE, UDEVFLAGS, UDEVCOMPLETE, UDEVCOMPLETE_ALL, UDEVCOOKIES ->
                new UdevVerb(name);
            case TARGET_VERSION, TARGETS -> new TargetsVerb(name);
            case VERSION -> new VersionVerb();
            case SETGEOMETRY -> new SetgeometryVerb();
            case SPLITNAME -> new SplitnameVerb();
            case RESTART -> new RestartVerb();
            case STATS, MAP, METRICS, ATTACH, DETACH, CHECK, REPAIR, WRITEBACK, DUMP, RESTORE, WIPE, BATCH ->
                throw new IllegalStateException(name.word() + " has a command line of its own");
        };
    }
}
