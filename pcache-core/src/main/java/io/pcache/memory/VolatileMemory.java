package io.pcache.memory;

/** A file on tmpfs, ramfs or hugetlbfs: nothing makes stores outlive the machine, so nothing is done for it. */
final class VolatileMemory extends MappedMemory {
    VolatileMemory(Mapping mapping) {
        super(mapping);
    }

    @Override
    String durability() {
        return "lost when the machine stops";
    }

    @Override
    public void writeBack(long offset, int length) {
        checkRange(offset, length);
    }

    @Override
    public void drain() {
    }

    @Override
    public void sync() {
    }

    @Override
    public boolean syncIsSlow() {
        return false;
    }
}
