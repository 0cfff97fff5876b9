package io.pcache.request;

import io.pcache.backing.BackingQueue;

/** A block device that passes everything on to another one; tests override what they watch. */
public class ForwardingDevice implements BlockDevice {
    private final BlockDevice device;

    public ForwardingDevice(BlockDevice device) {
        this.device = device;
    }

    @Override
    public long sizeBytes() {
        return device.sizeBytes();
    }

    @Override
    public int logicalBlockBytes() {
        return device.logicalBlockBytes();
    }

    @Override
    public int physicalBlockBytes() {
        return device.physicalBlockBytes();
    }

    @Override
    public boolean readOnly() {
        return device.readOnly();
    }

    @Override
    public boolean wantsBuffers() {
        return device.wantsBuffers();
    }

    @Override
    public boolean discards() {
        return device.discards();
    }

    @Override
    public RequestQueue openQueue(BackingQueue backing, Runnable wake) {
        return device.openQueue(backing, wake);
    }
}
