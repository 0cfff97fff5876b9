package io.pcache.dmctl.grammar;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Guesses which verb a mistyped word was meant to be. */
public final class NearestVerb {
    private NearestVerb() {}

    /** Null where no verb is near. */
    public static VerbName to(String word) {
        Map<String, VerbName> verbs = new LinkedHashMap<>();
        for (VerbName verb : VerbName.values()) {
            verbs.putIfAbsent(verb.word().replace('-', '_'), verb);
        }
        return verbs.get(NearestWord.to(word.toLowerCase(Locale.ROOT).replace('-', '_'), verbs.keySet()));
    }
}
