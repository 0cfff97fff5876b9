package io.pcache.dmctl.verb;

import io.pcache.dmctl.device.NamedDevice;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.failure.IoctlFailure;
import io.pcache.dmctl.grammar.Option;
import io.pcache.sys.Errno;
import java.util.List;

/**
 * {@code remove_all}: removes the devices that are not open. The exit status is 0 even where devices are left; the verb
 * says how many.
 */
final class RemoveAllVerb implements Verb {
    private Call call;

    @Override
    public void run(Call given) throws CommandFailure {
        call = given;
        int left = removeAll();
        if (left > 0 && call.has(Option.FORCE)) {
            for (NamedDevice device : call.devices().all()) {
                wipe(device);
            }
            left = removeAll();
        }
        if (left > 0) {
            call.remark("Unable to remove " + left + " device(s).");
        }
    }

    /**
     * Removes what can be removed; returns how many devices are left. A device may use another one, so what could not
     * be removed is tried again as long as others go.
     */
    private int removeAll() throws CommandFailure {
        List<NamedDevice> left = call.devices().all();
        int before = left.size() + 1;
        while (!left.isEmpty() && left.size() < before) {
            before = left.size();
            for (NamedDevice device : left) {
                remove(device);
            }
            // The next list tells again of the dead devices that are left.
            call.devices().takeSilent();
            left = call.devices().all();
        }
        return call.has(Option.DEFERRED) ? 0 : left.size();
    }

    private void remove(NamedDevice device) throws CommandFailure {
        try {
            if (device.device().isOrphan() && device.device().isNbd()) {
                device.discard(call.devices().registry());
                return;
            }
            device.remove(false, call.has(Option.DEFERRED));
        } catch (IoctlFailure e) {
            if (e.errno() == Errno.ETIMEDOUT) {
                call.remark(e);
            } else if (e.errno() != Errno.EBUSY && e.errno() != Errno.ENXIO && e.errno() != Errno.ENOLINK) {
                throw e;
            }
        }
    }

    private void wipe(NamedDevice device) {
        try {
            device.wipe(true, true, true);
            call.remark(device.reference().shown() + ": its table was replaced by one that fails all I/O");
        } catch (CommandFailure e) {
            call.remark(e);
        }
    }
}
