/**
 * The one native edge of the project: every system call goes through here, by JNR-FFI, without C code of ours.
 *
 * <p>Three layers, outermost first:
 *
 * <ul>
 *   <li>{@link io.pcache.sys.SystemCalls} is what the rest of the program sees: Java types, errors as exceptions
 *       ({@link io.pcache.sys.SystemCallException}) or, on the calls of the I/O path, as negative errno. Tests replace
 *       it.
 *   <li>{@link io.pcache.sys.NativeCalls} knows architectures, reads errno directly after each call, and packs and
 *       unpacks structures ({@link io.pcache.sys.StatxLayout}, {@link io.pcache.sys.StatfsLayout};
 *       {@link io.pcache.sys.IovecLayout} is filled by others).
 *   <li>{@link io.pcache.sys.LibC} mirrors C one to one; {@link io.pcache.sys.Architecture} is the table of numbers
 *       that differ by machine.
 * </ul>
 *
 * Libraries that may be missing are bound beside these, each by a class of its own:
 * {@link io.pcache.sys.PersistentMemoryLibrary}, {@link io.pcache.sys.SignatureLibrary}.
 *
 * <p>Beside them: {@link io.pcache.sys.Linux} (constants), {@link io.pcache.sys.Errno} (names and texts),
 * {@link io.pcache.sys.NativeMemory} (addresses and direct buffers), {@link io.pcache.sys.FileStatus} (what a path or
 * descriptor is), {@link io.pcache.sys.BootId}.
 *
 * <p>Imports nothing of ours; everything else may import it. Constants and structure offsets are those of the Linux 7.2
 * user-space headers, which never change once published.
 */
package io.pcache.sys;
