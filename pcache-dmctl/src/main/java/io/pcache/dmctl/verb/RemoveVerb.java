package io.pcache.dmctl.verb;

import io.pcache.control.ArgumentWords;
import io.pcache.control.Registry;
import io.pcache.control.ShellQuoting;
import io.pcache.control.TableLine;
import io.pcache.dmctl.device.DirtyData;
import io.pcache.dmctl.device.NamedDevice;
import io.pcache.dmctl.failure.CommandEnd;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.failure.IoctlFailure;
import io.pcache.dmctl.grammar.Option;
import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code remove}. */
final class RemoveVerb implements Verb {
    /** libdevmapper makes 25 tries, 0.2 s apart. */
    private static final int TRIES = 25;

    private static final long RETRY_MS = 200;
    /** Clients that have just been given errors need a moment to close the device. */
    private static final int TRIES_AFTER_ERRORS = 10;

    private Call call;

    @Override
    public void run(Call given) throws CommandFailure, CommandEnd {
        call = given;
        new DeviceLoop(call).change((device, several) -> remove(device));
    }

    private void remove(NamedDevice device) throws CommandFailure {
        if (device.device() != null && device.device().isOrphan()) {
            if (device.device().isNbd()) {
                takeAway(device);
                return;
            }
            call.remark(device.reference().shown() + ": its target has died, another is started to remove it");
            try {
                device.restart(call.devices().registry(), 0, false);
            } catch (CommandFailure e) {
                discard(device, e);
                return;
            }
        }
        try {
            removeByTarget(device);
        } catch (IoctlFailure e) {
            if (!isBereft(device, e)) {
                throw e;
            }
            if (device.device().isNbd()) {
                takeAway(device);
                return;
            }
            discard(device, e);
        }
    }

    private void removeByTarget(NamedDevice device) throws CommandFailure {
        DirtyData dirty = call.invocation().errorTerminal().present() ? DirtyData.of(device) : null;
        boolean replaced = call.has(Option.FORCE) && !call.operands().isEmpty() && replaceTable(device);
        boolean force = call.has(Option.FORCE) && !call.operands().isEmpty() && !replaced;
        int tries = call.has(Option.RETRY) ? TRIES : replaced ? TRIES_AFTER_ERRORS : 1;
        for (int tried = 1; ; tried++) {
            try {
                tellOfDirtyData(device, dirty, device.remove(force, call.has(Option.DEFERRED)));
                break;
            } catch (IoctlFailure e) {
                if (e.errno() != Errno.EBUSY || tried == tries) {
                    throw e;
                }
                pause();
            }
        }
    }

    /** Tells people only. A script finds what dmsetup prints, which is nothing. */
    private void tellOfDirtyData(NamedDevice device, DirtyData dirty, boolean removed) {
        if (removed && dirty != null && dirty.bytes() > 0) {
            call.remark(device.reference().shown() + ": up to " + dirty.size()
                    + " not yet written back stay on the cache device " + dirty.cache()
                    + "; the next create goes on with them, and \""
                    + call.invocation().program() + " writeback " + ShellQuoting.quote(dirty.cache()) + " "
                    + ShellQuoting.quote(dirty.backing())
                    + "\" brings them to the backing device");
        }
    }

    /**
     * Whether a failure means that the target is dead, that no successor has come, and that the node is still there.
     */
    private static boolean isBereft(NamedDevice device, CommandFailure failure) {
        return failure instanceof IoctlFailure refusal
                && (refusal.errno() == Errno.ENXIO || refusal.errno() == Errno.ENOLINK)
                && device.device() != null
                && device.device().isRecoverable();
    }

    /**
     * Takes a device away where no target comes up. Only by force: programs that have the device open lose what they
     * have not written yet.
     */
    private void discard(NamedDevice device, CommandFailure cause) throws CommandFailure {
        String name = device.reference().shown();
        if (!call.has(Option.FORCE)) {
            List<String> lines = new ArrayList<>(cause.lines());
            if (device.device().isRecoverable()) {
                lines.add(name + ": without a target \"" + call.invocation().program() + " remove --force "
                        + ShellQuoting.quote(name)
                        + "\" takes it away; what is not written back stays on the cache device");
            }
            throw new CommandFailure(lines);
        }
        call.remark(cause);
        takeAway(device);
    }

    /** Takes a device away without a target. Programs that have the block device node open get errors from now on. */
    private void takeAway(NamedDevice device) throws CommandFailure {
        Registry registry = call.devices().registry();
        String stays = device.discard(registry).stream()
                .filter(line -> line.type().equals("pcache"))
                .findFirst()
                .map(line -> ArgumentWords.split(line.args()).get(0))
                .map(cache -> "; what was not written back to its backing device stays on the cache device " + cache
                        + carriedOver(registry, cache))
                .orElse("");
        call.remark(device.reference().shown() + ": taken away without a target" + stays);
    }

    /** Tells of the file that may have what was not flushed; empty where there is none. */
    private static String carriedOver(Registry registry, String cache) {
        try {
            // The table has the number of a block device in place of its path.
            String identity = cache.startsWith("/")
                    ? SystemCalls.linux().status(cache).identity()
                    : "block-" + cache.replace(':', '-');
            Path file = registry.directory().carryOver().resolve(identity);
            return Files.exists(file)
                    ? ", and what was not flushed in " + file + "; the next create on the cache device takes both"
                    : "";
        } catch (SystemCallException e) {
            // The cache device is gone, and nothing can be said of it.
            return "";
        }
    }

    private static void pause() throws CommandFailure {
        try {
            Thread.sleep(RETRY_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure();
        }
    }

    /**
     * Gives an open device a table that fails all I/O, so that the programs that have the device open let go. A failure
     * is told, and the removal is tried all the same.
     *
     * @return whether there is no table left to give up by force
     */
    private boolean replaceTable(NamedDevice device) throws CommandFailure {
        try {
            List<TableLine> lines = device.table(false);
            if (device.info(false).openCount() > 0 || lines.isEmpty()) {
                device.wipe(true, true, true);
                call.remark(call.mangling().show(device.device().name())
                        + ": its table was replaced by one that fails all I/O");
                return true;
            }
            return false;
        } catch (CommandFailure e) {
            if (isBereft(device, e)) {
                throw e;
            }
            call.remark(e);
            if (device.device() == null) {
                wipeMissing(device);
            }
            return true;
        }
    }

    private void wipeMissing(NamedDevice device) {
        try {
            device.wipe(true, true, true);
        } catch (CommandFailure e) {
            call.remark(e);
        }
    }
}
