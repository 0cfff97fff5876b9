package io.pcache.cache;

/**
 * Is told how far long work has come: activation, and what the offline tools do. Called often, from the thread that
 * works; must be quick.
 */
public interface Progress {
    Progress NONE = (what, done, total) -> {};

    /**
     * @param what what is being done, in a word or two; the same text until something else is done
     * @param done how much, in a unit that only the quotient of the two needs to know
     * @param total of how much; 0 where that is not known
     */
    void at(String what, long done, long total);
}
