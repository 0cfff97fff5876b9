package io.pcache.backing;

import java.nio.ByteBuffer;

/** A disk that passes everything on to another one; tests override what they watch. */
public class ForwardingDisk implements CacheDisk {
    private final CacheDisk disk;

    public ForwardingDisk(CacheDisk disk) {
        this.disk = disk;
    }

    @Override
    public String path() {
        return disk.path();
    }

    @Override
    public long sizeBytes() {
        return disk.sizeBytes();
    }

    @Override
    public int logicalBlockBytes() {
        return disk.logicalBlockBytes();
    }

    @Override
    public int physicalBlockBytes() {
        return disk.physicalBlockBytes();
    }

    @Override
    public boolean direct() {
        return disk.direct();
    }

    @Override
    public boolean writesAreDurable() {
        return disk.writesAreDurable();
    }

    @Override
    public void writeDurably(long offset, ByteBuffer buffer, int bufferIndex, int length) {
        disk.writeDurably(offset, buffer, bufferIndex, length);
    }

    @Override
    public boolean discardsCheaply() {
        return disk.discardsCheaply();
    }

    @Override
    public boolean discard(long offset, long length) {
        return disk.discard(offset, length);
    }

    @Override
    public String describe() {
        return disk.describe();
    }

    @Override
    public BackingQueue openQueue(Runnable wake) {
        return disk.openQueue(wake);
    }

    @Override
    public void close() {
        disk.close();
    }
}
