package io.pcache.server;

import io.pcache.control.ControlClient;
import io.pcache.control.ControlException;
import io.pcache.control.JsonCodec;
import io.pcache.control.JsonObject;
import io.pcache.server.device.FrontEnds;
import io.pcache.server.process.TargetArguments;
import io.pcache.server.process.TargetProcess;
import io.pcache.server.socket.ControlCommands;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import io.pcache.ublk.IoFlusher;
import java.io.PrintStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * The target process of one device. Started by {@link io.pcache.control.Registry}; says on standard output, as one
 * reply of the control protocol, that it answers on its socket or why not, and lives until the device is removed, which
 * it does itself when the process is told to end (SIGTERM) and nobody has it open.
 *
 * <p>Exit statuses: 0 after a removal, 1 when it could not start, 70 when a thread ended unexpectedly, 75 when a
 * successor is to go on.
 */
public final class TargetMain {
    private static final int EXIT_NOT_STARTED = 1;
    /** EX_SOFTWARE of sysexits.h. */
    private static final int EXIT_BROKEN = 70;

    private TargetMain() {}

    public static void main(String[] args) {
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> halt(failure));
        try {
            TargetArguments arguments = TargetArguments.parse(args);
            TargetProcess target = new TargetProcess(arguments, TargetMain::halt);
            if (arguments.probe()) {
                target.probe();
                announce(new JsonObject().put("v", ControlClient.VERSION).put("ok", true));
                // Whatever threads there are: nothing is served.
                Runtime.getRuntime().halt(0);
            }
            if (FrontEnds.isUblk(arguments.frontEnd())) {
                IoFlusher.setForProcess();
            }
            leaveTerminal();
            target.start();
        } catch (ControlException e) {
            announce(ControlCommands.failure(e));
            System.exit(EXIT_NOT_STARTED);
        }
        announce(new JsonObject().put("v", ControlClient.VERSION).put("ok", true));
    }

    /** A session of its own: neither a key at the terminal nor its end reaches this process. */
    private static void leaveTerminal() {
        try {
            SystemCalls.linux().setsid();
        } catch (SystemCallException e) {
            // The leader of a process group cannot: started by hand, or by a supervisor that has seen to it.
            Logger log = System.getLogger(TargetMain.class.getName());
            log.log(Level.DEBUG, "no session of its own: " + e.getMessage());
        }
    }

    private static void announce(JsonObject reply) {
        PrintStream out = System.out;
        out.writeBytes(JsonCodec.frame(reply));
        // Whoever started this reads until the end; the JDK puts /dev/null in the descriptor's place.
        out.close();
    }

    /**
     * A server that has lost a thread would leave its clients hanging; one that is gone can be started again. Called on
     * any thread.
     */
    private static void halt(Throwable failure) {
        try {
            failure.printStackTrace();
        } finally {
            Runtime.getRuntime().halt(EXIT_BROKEN);
        }
    }
}
