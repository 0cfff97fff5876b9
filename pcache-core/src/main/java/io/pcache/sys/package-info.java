/**
 * The only native edge of the project. Every system call goes through here, by JNR-FFI, without C code of pcache's own.
 *
 * <p>Three layers, outermost first:
 *
 * <ul>
 *   <li>{@link io.pcache.sys.SystemCalls} is what the rest of the program sees: Java types, and errors as exceptions
 *       ({@link io.pcache.sys.SystemCallException}) or, for calls of the I/O path, as negative errno. Tests replace
 *       this interface.
 *   <li>{@link io.pcache.sys.NativeCalls} knows architectures, reads errno directly after each call, and packs and
 *       unpacks structures ({@link io.pcache.sys.StatxLayout}, {@link io.pcache.sys.StatfsLayout}; other packages fill
 *       {@link io.pcache.sys.IovecLayout}).
 *   <li>{@link io.pcache.sys.LibC} mirrors C one to one; {@link io.pcache.sys.Architecture} is the table of numbers
 *       that differ by machine.
 * </ul>
 *
 * Libraries that may be missing are bound beside these, each by a class of its own:
 * {@link io.pcache.sys.PersistentMemoryLibrary}, {@link io.pcache.sys.SignatureLibrary}.
 *
 * <p>Beside these: {@link io.pcache.sys.Linux} (constants), {@link io.pcache.sys.Errno} (names and texts),
 * {@link io.pcache.sys.NativeMemory} (addresses and direct buffers), {@link io.pcache.sys.FileStatus} (what a path or
 * descriptor is), {@link io.pcache.sys.BootId}.
 *
 * <p>This package imports no other package of pcache; every other package may import this one. Constants and structure
 * offsets are those of the Linux 7.2 user-space headers, which never change once published.
 */
package io.pcache.sys;
