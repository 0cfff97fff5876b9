package io.pcache.sys;

import jnr.ffi.Pointer;
import jnr.ffi.annotations.In;

/**
 * glibc, one to one. Pointers are addresses; sizes and offsets have 64 bits. Variadic functions are bound with the
 * fixed arguments that pcache passes, which the Linux calling conventions of x86-64 and aarch64 allow for integers.
 *
 * <p>Calls of the I/O path take at most five primitives: JNR-FFI compiles such calls to stubs that allocate nothing.
 * Its x86-64 stub for six integers passes its own return address as the sixth (jnr-ffi 2.3, {@code X86_64StubCompiler}:
 * the stack offset of argument 6 has the wrong sign). So functions of six arguments have a {@link Pointer} among them.
 * For these, JNR-FFI calls through libffi, which is correct, and with a null pointer does not allocate either.
 *
 * <p>Public because JNR-FFI implements this interface in a class loader of its own; use {@link SystemCalls}.
 */
public interface LibC {

    int open(@In byte[] path, int flags, int mode);

    int close(int fd);

    long pread(int fd, long buffer, long count, long offset);

    long pwrite(int fd, long buffer, long count, long offset);

    long pwritev(int fd, long vectors, int count, long offset);

    long pwritev2(int fd, long vectors, int count, long offset, int flags);

    long write(int fd, long buffer, long count);

    int fdatasync(int fd);

    long lseek(int fd, long offset, int whence);

    int fallocate(int fd, int mode, long offset, long length);

    int ioctl(int fd, long request, long argument);

    int fcntl(int fd, int command, long argument);

    int flock(int fd, int operation);

    int statx(int directory, @In byte[] path, int flags, int mask, long buffer);

    int fstatfs(int fd, long buffer);

    int eventfd(int initial, int flags);

    int poll(long descriptors, long count, int timeout);

    int memfd_create(@In byte[] name, int flags);

    int socket(int domain, int type, int protocol);

    int connect(int fd, @In byte[] address, int length);

    long send(int fd, @In byte[] bytes, long length, int flags);

    long mmap(Pointer address, long length, int protection, int flags, int fd, long offset);

    int munmap(long address, long length);

    int madvise(long address, long length, int advice);

    int mlock(long address, long length);

    int munlock(long address, long length);

    int mlockall(int flags);

    int getpid();

    int setsid();

    int execve(@In byte[] path, long arguments, long environment);

    int prctl(int option, long argument2, long argument3, long argument4, long argument5);

    int capget(long header, long data);

    int capset(long header, long data);

    int getpriority(int which, int id);

    int sched_setaffinity(int tid, long size, long mask);

    long sysconf(int name);

    /**
     * {@code syscall(2)} with five arguments, the most that JNR-FFI passes without allocating; pass null as {@code e}.
     */
    long syscall(long number, long a, long b, long c, long d, Pointer e);

    /**
     * {@code syscall(2)} with all six arguments. Allocates: JNR-FFI marshals calls of more than six through a buffer.
     */
    long syscall(long number, long a, long b, long c, long d, long e, long f);
}
