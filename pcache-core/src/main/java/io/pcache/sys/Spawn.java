package io.pcache.sys;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Platform;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * Starts programs with chosen file descriptors, by glibc's {@code posix_spawn}, 2.34 or later. {@link ProcessBuilder}
 * cannot do this: it passes on only pipes, and descriptors of files that have a name.
 */
public final class Spawn {

    /**
     * Bound apart from {@link LibC}, because another C library, or an older glibc, lacks some of these functions.
     * Public because JNR-FFI implements this interface in a class loader of its own.
     */
    public interface Functions {
        int posix_spawn(
                Pointer pid, Pointer path, Pointer actions, Pointer attributes, Pointer arguments, Pointer environment);

        int posix_spawn_file_actions_init(Pointer actions);

        int posix_spawn_file_actions_destroy(Pointer actions);

        int posix_spawn_file_actions_adddup2(Pointer actions, int from, int to);

        int posix_spawn_file_actions_addclosefrom_np(Pointer actions, int from);

        int waitpid(int pid, Pointer status, int options);

        int pipe2(Pointer descriptors, int flags);
    }

    // glibc's posix_spawn_file_actions_t has 80 bytes on 64-bit architectures; this leaves room.
    private static final int FILE_ACTIONS_BYTES = 256;
    // The copies to pass on are numbered from here, so that no copy has a number that the program's descriptors get.
    private static final int LOWEST_COPY = 256;

    private Spawn() {}

    private static final class Loaded {
        static final Functions FUNCTIONS = LibraryLoader.create(Functions.class)
                .failImmediately()
                .load(Platform.getNativePlatform().getStandardCLibraryName());
        static final Runtime RUNTIME = Runtime.getRuntime(FUNCTIONS);
    }

    /**
     * Starts a program that has these descriptors as its 0, 1, 2 ... and no others, and an empty environment. Some
     * thread has to {@link #await} the program.
     *
     * @param command the program's path, and its arguments
     * @return the process id
     * @throws SystemCallException what posix_spawn gives; ENOSYS where the C library lacks a function
     */
    public static int start(List<String> command, List<Integer> descriptors) throws SystemCallException {
        SystemCalls calls = SystemCalls.linux();
        List<Integer> copies = new ArrayList<>();
        try {
            for (int descriptor : descriptors) {
                copies.add(calls.fcntl(descriptor, Linux.F_DUPFD_CLOEXEC, LOWEST_COPY));
            }
            return spawn(command, copies);
        } catch (UnsatisfiedLinkError e) {
            throw new SystemCallException(Errno.ENOSYS, "posix_spawn", e.getMessage());
        } finally {
            for (int copy : copies) {
                calls.close(copy);
            }
        }
    }

    private static int spawn(List<String> command, List<Integer> descriptors) throws SystemCallException {
        Functions functions = Loaded.FUNCTIONS;
        ByteBuffer actions = NativeMemory.allocate(FILE_ACTIONS_BYTES);
        ByteBuffer pid = NativeMemory.allocate(Integer.BYTES);
        ByteBuffer words = strings(command);
        ByteBuffer arguments = NativeMemory.allocate((command.size() + 1) * Long.BYTES);
        ByteBuffer environment = NativeMemory.allocate(Long.BYTES);
        long word = NativeMemory.address(words);
        for (int i = 0; i < command.size(); i++) {
            arguments.putLong(i * Long.BYTES, word);
            word += command.get(i).getBytes(StandardCharsets.UTF_8).length + 1;
        }
        check(functions.posix_spawn_file_actions_init(pointer(actions)), command);
        try {
            for (int i = 0; i < descriptors.size(); i++) {
                check(functions.posix_spawn_file_actions_adddup2(pointer(actions), descriptors.get(i), i), command);
            }
            check(functions.posix_spawn_file_actions_addclosefrom_np(pointer(actions), descriptors.size()), command);
            check(
                    functions.posix_spawn(
                            pointer(pid),
                            pointer(words),
                            pointer(actions),
                            null,
                            pointer(arguments),
                            pointer(environment)),
                    command);
            return pid.getInt(0);
        } finally {
            functions.posix_spawn_file_actions_destroy(pointer(actions));
            Reference.reachabilityFence(words);
            Reference.reachabilityFence(arguments);
            Reference.reachabilityFence(environment);
        }
    }

    /** Waits for the end of a process that was started here, and lets the kernel forget the process. */
    public static void await(int pid) {
        while (Loaded.FUNCTIONS.waitpid(pid, null, 0) < 0
                && com.kenai.jffi.LastError.getInstance().get() == Errno.EINTR) {
            // A signal came to this process.
            continue;
        }
    }

    /**
     * Makes a pipe: {@code [0]} to read from, {@code [1]} to write to. In a started program both ends are closed,
     * unless the program was given an end.
     */
    public static int[] pipe() throws SystemCallException {
        ByteBuffer ends = NativeMemory.allocate(2 * Integer.BYTES);
        if (Loaded.FUNCTIONS.pipe2(pointer(ends), Linux.O_CLOEXEC) < 0) {
            throw new SystemCallException(com.kenai.jffi.LastError.getInstance().get(), "pipe2", "");
        }
        return new int[] {ends.getInt(0), ends.getInt(Integer.BYTES)};
    }

    private static ByteBuffer strings(List<String> words) {
        byte[] bytes = (String.join("\0", words) + "\0").getBytes(StandardCharsets.UTF_8);
        return NativeMemory.allocate(bytes.length).put(0, bytes);
    }

    private static Pointer pointer(ByteBuffer buffer) {
        return Pointer.wrap(Loaded.RUNTIME, buffer);
    }

    // These functions return the errno.
    private static void check(int errno, List<String> command) throws SystemCallException {
        if (errno != 0) {
            throw new SystemCallException(errno, "posix_spawn", command.get(0));
        }
    }
}
