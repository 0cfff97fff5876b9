/**
 * The small structures, which are everything on the device but the log and the data: read, choose, write.
 *
 * <pre>
 *  Superblock         one copy, made valid by its last store
 *  RecordKind         all others, of which there are two copies, so that one always survives a crash
 *    DuplicatedRecord one structure: takes the newer copy, writes over the older
 * </pre>
 *
 * Uses {@link io.pcache.media} for the layouts and {@link io.pcache.memory} for the bytes.
 */
package io.pcache.metadata;
