package io.pcache.cache;

/**
 * Is told how far a long piece of work has come: activation, or work of the offline tools. Called often, from the
 * working thread; must be quick.
 */
public interface Progress {
    Progress NONE = (what, done, total) -> {};

    /**
     * @param what what is being done, in a word or two; the same text until something else is done
     * @param done how much is done. The unit does not matter, only done divided by total does
     * @param total how much there is to do; 0 where this is not known
     */
    void at(String what, long done, long total);
}
