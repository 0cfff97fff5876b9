package io.pcache.target;

import io.pcache.control.ControlException;
import io.pcache.frontend.FrontEnd;
import io.pcache.nbd.NbdFrontEnd;
import io.pcache.nbd.NbdSettings;
import io.pcache.sys.Errno;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Chooses a device's front end by {@code --frontend}. */
final class FrontEnds {
    private static final Path UBLK_CONTROL = Path.of("/dev/ublk-control");

    private FrontEnds() {
    }

    /**
     * @param wanted    {@code auto}, {@code nbd} or {@code ublk}
     * @param nbdSocket where an NBD front end listens
     * @param onFailure when a thread of the front end ends unexpectedly: must end the process
     * @throws ControlException when there is no such front end, or not on this machine
     */
    static FrontEndFactory choose(String wanted, Path nbdSocket, Consumer<Throwable> onFailure) throws ControlException {
        switch (wanted) {
            case "auto", "nbd" -> {
                return new Nbd(nbdSocket, onFailure);
            }
            case "ublk" -> throw new ControlException(Errno.EOPNOTSUPP, Files.exists(UBLK_CONTROL) ? "pcache: this build has no ublk front end (-EOPNOTSUPP)"
                : "pcache: no " + UBLK_CONTROL + ": load ublk_drv, or use --frontend nbd (-EOPNOTSUPP)");
            default -> throw new ControlException(Errno.EINVAL, "pcache: unknown front end '" + wanted + "', use auto, ublk or nbd (-EINVAL)");
        }
    }

    private record Nbd(Path socket, Consumer<Throwable> onFailure) implements FrontEndFactory {
        @Override
        public String kind() {
            return "nbd";
        }

        @Override
        public FrontEnd create(Runnable onLastClose) {
            return new NbdFrontEnd(NbdSettings.defaults(socket).withFatal(onFailure).withOnLastClose(onLastClose));
        }
    }
}
