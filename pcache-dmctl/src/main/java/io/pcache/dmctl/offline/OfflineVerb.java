package io.pcache.dmctl.offline;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import io.pcache.control.ControlException;
import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.invocation.Invocation;
import io.pcache.dmctl.options.VerbArguments;
import io.pcache.dmctl.progress.ProgressLine;
import io.pcache.identity.BackingProbe;
import io.pcache.identity.DeviceIdentity;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.ReadOnlyMemory;
import io.pcache.offline.CheckReport;
import io.pcache.offline.OfflineException;
import io.pcache.server.table.ComingUser;
import io.pcache.sys.FileStatus;
import io.pcache.sys.SystemCalls;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;

/** The parts that the verbs share. */
abstract class OfflineVerb {
    final Invocation invocation;
    /** Whether results are printed as JSON. */
    final boolean json;

    OfflineVerb(Invocation invocation, VerbArguments arguments) {
        this.invocation = invocation;
        this.json = arguments.has(Option.JSON);
    }

    /** @return the exit status, one of {@link ExitStatus} or a sum of these */
    abstract int run() throws Exception;

    final Path path(String name) throws IOException {
        if (name.isEmpty()) {
            throw new IOException("a file's name is empty");
        }
        return invocation.directory().resolve(name);
    }

    final ReadOnlyMemory openReadOnly(String name) throws IOException {
        return ReadOnlyMemory.open(path(name).toString());
    }

    /** The identity of a backing device. */
    final DeviceIdentity identity(String backing, long bytes) throws IOException {
        return BackingProbe.of(path(backing).toRealPath().toString(), bytes).identify();
    }

    /** Refuses one device as both the cache device and the backing device, also where two names are given. */
    final void requireTwo(String cache, String backing) throws IOException, OfflineException {
        FileStatus one = SystemCalls.linux().status(path(cache).toString());
        FileStatus other = SystemCalls.linux().status(path(backing).toString());
        if ((one.isRegularFile() || one.isBlockDevice()) && one.identity().equals(other.identity())) {
            throw new OfflineException(
                    cache + " and " + backing + " are the same " + (one.isRegularFile() ? "file" : "device"));
        }
    }

    /**
     * Refuses to write to a disk of a device that has no target now, and goes on with the disk as soon as a target
     * comes. To be called while the disk is claimed.
     */
    final void requireUnused(String name) throws IOException, OfflineException {
        String user = comingUser(name);
        if (user != null) {
            throw new OfflineException(name + ": " + user + "; nothing was written (EBUSY)");
        }
    }

    /** Says on standard error that a device is about to change what is read here. */
    final void tellOfUser(String name) throws IOException {
        String user = comingUser(name);
        if (user != null) {
            invocation.err().println(invocation.program() + ": " + name + ": " + user);
        }
    }

    /** A line about the device of this user, on this machine, that goes on with the disk; null for none. */
    private String comingUser(String name) throws IOException {
        try {
            return ComingUser.lineOf(invocation.registries().open(), path(name));
        } catch (ControlException e) {
            // Without a run directory, this user has no device.
            return null;
        }
    }

    static int exitStatus(CheckReport report) {
        if (report.isWithoutCache()) {
            return ExitStatus.OPERATIONAL;
        }
        return report.isSound() ? ExitStatus.CLEAN : ExitStatus.ERRORS_LEFT;
    }

    /** Looks for writes that a killed target has left, and tells of them on standard error. */
    final Waiting waiting(String device, CacheMemory memory, CheckReport report) throws IOException {
        Waiting waiting = Waiting.of(invocation, path(device), memory, report);
        String text = waiting.text(device);
        if (text != null) {
            invocation.out().flush();
            invocation.err().println(invocation.program() + ": " + text);
        }
        return waiting;
    }

    final void print(String line) {
        invocation.out().println(line);
    }

    /** The bar of this command, which is to be closed before anything is printed. */
    final ProgressLine progress() {
        return ProgressLine.of(invocation);
    }

    /** A generator onto standard output. Closing the generator leaves standard output open. */
    final JsonGenerator generator() throws IOException {
        return generator(invocation.out());
    }

    static JsonGenerator generator(OutputStream out) throws IOException {
        return new JsonFactory()
                .createGenerator(new FilterOutputStream(out) {
                    @Override
                    public void write(byte[] bytes, int offset, int length) throws IOException {
                        out.write(bytes, offset, length);
                    }

                    @Override
                    public void close() throws IOException {
                        out.write('\n');
                        out.flush();
                    }
                })
                .setPrettyPrinter(new DefaultPrettyPrinter());
    }
}
