package io.pcache.server.device;

import io.pcache.control.ControlException;
import io.pcache.control.QueueOptions;
import io.pcache.engine.Rehearsal;
import io.pcache.frontend.FrontEnd;
import io.pcache.nbd.NbdFrontEnd;
import io.pcache.nbd.NbdRehearsal;
import io.pcache.nbd.NbdSettings;
import io.pcache.sys.Errno;
import io.pcache.ublk.NodeRecord;
import io.pcache.ublk.UblkDriver;
import io.pcache.ublk.UblkFrontEnd;
import io.pcache.ublk.UblkOptions;
import io.pcache.ublk.UblkRehearsal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Chooses a device's front end by {@code --frontend}. */
public final class FrontEnds {
    private FrontEnds() {}

    /**
     * @param wanted {@code ublk}, {@code nbd}, or {@code auto}: ublk where that can be had, else nbd, with a remark
     *     where the machine has ublk
     * @param queues of the front end
     * @param nbdSocket where an NBD front end listens
     * @param record is told of a node that comes or goes
     * @param onFailure called when a thread of the front end ends unexpectedly; must end the process
     * @throws ControlException when there is no such front end, or when this machine has none
     */
    public static FrontEndFactory choose(
            String wanted, QueueOptions queues, Path nbdSocket, NodeRecord record, Consumer<Throwable> onFailure)
            throws ControlException {
        Choice choice = choose(
                wanted, wanted.equals("nbd") ? null : UblkDriver.ofThisMachine().reach());
        return choice.ublk() ? new Ublk(queues, record) : new Nbd(queues, nbdSocket, onFailure, choice.remark());
    }

    /**
     * The front end that {@link #choose} would take. Loads no kernel module; the remark tells of a module that would be
     * loaded.
     */
    public static Choice foresee(String wanted) throws ControlException {
        return choose(
                wanted, wanted.equals("nbd") ? null : UblkDriver.ofThisMachine().look());
    }

    /** @param remark for people; empty for none */
    public record Choice(boolean ublk, String remark) {}

    private static Choice choose(String wanted, UblkDriver.State driver) throws ControlException {
        return switch (wanted) {
            case "auto" -> driver.usable() ? ublk(driver) : new Choice(false, remark(driver));
            case "nbd" -> new Choice(false, "");
            case "ublk" -> ublk(driver);
            default ->
                throw new ControlException(
                        Errno.EINVAL, "pcache: unknown front end '" + wanted + "', use auto, ublk or nbd (-EINVAL)");
        };
    }

    /** Whether {@link #choose} gives a front end that makes a block device. */
    public static boolean isUblk(String wanted) {
        return !wanted.equals("nbd") && UblkDriver.ofThisMachine().reach().kind() == UblkDriver.Kind.REACHED;
    }

    private static String remark(UblkDriver.State driver) {
        return driver.obstacle().isEmpty() ? "" : "served by NBD, there is no block device of it: " + driver.obstacle();
    }

    private static Choice ublk(UblkDriver.State driver) throws ControlException {
        if (driver.kind() == UblkDriver.Kind.LOADABLE) {
            return new Choice(true, "the kernel module of ublk would be loaded");
        }
        String reason = driver.obstacle().isEmpty() ? UblkFrontEnd.unavailable() : driver.obstacle();
        if (reason != null) {
            throw new ControlException(
                    Errno.EOPNOTSUPP, "pcache: " + reason + "; --frontend nbd works without (-EOPNOTSUPP)");
        }
        return new Choice(true, "");
    }

    private record Nbd(QueueOptions queues, Path socket, Consumer<Throwable> onFailure, String remark)
            implements FrontEndFactory {
        @Override
        public String kind() {
            return "nbd";
        }

        @Override
        public FrontEnd create(Runnable onLastClose) {
            NbdSettings settings =
                    NbdSettings.defaults(socket).withFatal(onFailure).withOnLastClose(onLastClose);
            return new NbdFrontEnd(queues.queues() == 0 ? settings : settings.withQueueThreads(queues.queues()));
        }

        /**
         * Takes the place of a socket that nobody listens on any more. Clients of the predecessor have lost their
         * connections, and may make others.
         */
        @Override
        public FrontEnd takeOver(int id, Runnable onLastClose) {
            try {
                Files.deleteIfExists(socket);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return create(onLastClose);
        }

        @Override
        public void leave(FrontEnd frontEnd) throws IOException {
            frontEnd.close();
        }

        @Override
        public Rehearsal.Player rehearsal(Path folder) {
            return new NbdRehearsal(folder.resolve("rehearsal.sock"));
        }
    }

    private record Ublk(QueueOptions queues, NodeRecord record) implements FrontEndFactory {
        private UblkOptions options() {
            UblkOptions options = UblkOptions.defaults();
            options = queues.queues() == 0 ? options : options.withQueues(queues.queues());
            return queues.depth() == 0 ? options : options.withDepth(queues.depth());
        }

        @Override
        public String kind() {
            return "ublk";
        }

        @Override
        public FrontEnd create(Runnable onLastClose) {
            return new UblkFrontEnd(options(), onLastClose, record);
        }

        @Override
        public Rehearsal.Player rehearsal(Path folder) {
            return new UblkRehearsal();
        }

        @Override
        public boolean recoverable() {
            return true;
        }

        @Override
        public FrontEnd takeOver(int id, Runnable onLastClose) {
            return new UblkFrontEnd(UblkOptions.defaults().takingOver(id), onLastClose, record);
        }

        @Override
        public void leave(FrontEnd frontEnd) throws IOException {
            ((UblkFrontEnd) frontEnd).leave();
        }
    }
}
