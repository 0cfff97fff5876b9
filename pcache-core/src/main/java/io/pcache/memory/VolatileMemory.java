package io.pcache.memory;

import java.nio.ByteBuffer;

/**
 * A file on tmpfs, ramfs or hugetlbfs, or memory without a file. Nothing can make stores outlive the machine, so
 * durability costs nothing.
 *
 * <p>On JDK 17, a copy that meets a missing page of a file goes on with wrong bytes. The error comes when the thread is
 * elsewhere, perhaps after a request was answered. So on JDK 17 the file's size is checked after each copy, and, for
 * the single stores, after each sync, before anyone relies on the bytes. The file system never takes pages away by
 * itself, since the blocks are allocated before the first store. This check is the cheapest way to see the loss in
 * time. The table has nanoseconds for each copy, as lower quartiles of 25 runs of 2000 copies, on tmpfs, on a shared
 * 2-CPU virtual machine (AMD EPYC, family 26 model 2, JDK 17):
 *
 * <pre>
 *   bytes                            512    4096   16384   65536
 *   store, mapping                   168     141     520    2828
 *   store, mapping and lseek         379     281     767    3050
 *   store, pwrite                    624     684    4220    6941
 *   store, pwrite and lseek          827     878    4111    6678
 *   store, process_vm_writev        1361    3194    5503    8814
 *   load, mapping                     65     150     556    2916
 *   load, mapping and lseek          244     289     861    3491
 *   load, pread                      440     584    3654    6785
 *   load, process_vm_readv          1337    1390    5466    9756
 * </pre>
 *
 * (pwrite needs the check, too: it makes a file that was cut short longer again.) A copy by libc through JNR-FFI would
 * end the process.
 */
final class VolatileMemory extends MappedMemory {
    /** The file whose size is checked; null where there is no file, or no need. */
    private final DeviceFile looked;

    VolatileMemory(Mapping mapping) {
        this(mapping, FAULTS_COME_LATE);
    }

    /** @param late whether the JVM reports late that pages are not there */
    VolatileMemory(Mapping mapping, boolean late) {
        super(mapping);
        this.looked = late ? mapping.file() : null;
    }

    private void look() {
        if (looked != null) {
            looked.requireWhole();
        }
    }

    @Override
    public void copyIn(long offset, ByteBuffer source, int sourceIndex, int length) {
        super.copyIn(offset, source, sourceIndex, length);
        look();
    }

    @Override
    public void copyOut(long offset, ByteBuffer target, int targetIndex, int length) {
        super.copyOut(offset, target, targetIndex, length);
        look();
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
    public void drain() {}

    @Override
    public void sync() {
        look();
    }

    @Override
    public boolean syncIsSlow() {
        return false;
    }
}
