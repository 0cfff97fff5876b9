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
 * The target process of one device, started by {@link io.pcache.control.Registry}. On standard output the process says,
 * in one reply of the control protocol, that its socket answers, or why not. The process lives until the device is
 * removed. When the process is told to end (SIGTERM), and nobody has the device open, the process removes the device
 * itself.
 *
 * <p>Exit statuses: 0 after a removal, 1 when the device could not be brought up, 70 when a thread has ended
 * unexpectedly, 75 when a successor is to go on.
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
                // At once, whatever threads there are: nothing is served.
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

    /** Begins a session, so that neither a key at the terminal nor the terminal's end reaches this process. */
    private static void leaveTerminal() {
        try {
            SystemCalls.linux().setsid();
        } catch (SystemCallException e) {
            // The leader of a process group cannot: the process was started by hand, or by a supervisor that has begun
            // a
            // session.
            Logger log = System.getLogger(TargetMain.class.getName());
            log.log(Level.DEBUG, "no session of its own: " + e.getMessage());
        }
    }

    private static void announce(JsonObject reply) {
        PrintStream out = System.out;
        out.writeBytes(JsonCodec.frame(reply));
        // The starting process reads until the end of the output; the JDK puts /dev/null in the descriptor's place.
        out.close();
    }

    /**
     * Ends the process. A server that has lost a thread would leave its clients hanging; a server that is gone can be
     * started again. Called on any thread.
     */
    private static void halt(Throwable failure) {
        try {
            failure.printStackTrace();
        } finally {
            Runtime.getRuntime().halt(EXIT_BROKEN);
        }
    }
}
