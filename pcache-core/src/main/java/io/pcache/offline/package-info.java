/**
 * Tools on cache devices that are not active, ours and the kernel target's: check, repair, dump, restore, write-back,
 * wipe. For damaged devices: nothing here assumes that a structure is what it should be, and nothing is written that
 * was not asked for.
 *
 * <pre>
 *  CacheCheck              rounds: look at a draft of the device, mend there what can be mended, look again
 *    DraftMemory           the device with what would be stored in front of it; unreadable sectors are remembered
 *    Examination           one look, from the top down; each layer is looked at if those above it can be used
 *      SuperblockCheck, CacheInfoCheck   with Evidence, of what the rest of the device says about them
 *      SegmentCheck        infos, chain, generations
 *      TailCheck           key tail, dirty tail
 *      LogCheck            the log, and how tails and GenerationCheck's generations fit it
 *        LogScan           one walk, counting
 *        KeySetSearch      key-sets behind a damaged one
 *        LogFinder         the log of a cache without tails
 *      DataCheck           data checksums
 *      BackingCheck        data that the backing device has too
 *    CheckReport           {@link io.pcache.offline.Finding}s, each with what a repair can do (Mend), and a summary
 *  Repair, RepairBackup    does to the device what was tried on the draft; takes it back
 *  OfflineWriteBack        dirty data to the backing device
 *  Wipe                    makes a device blank
 *  CacheDump, ImageWriter  all that there is, in pieces; an image made of pieces
 * </pre>
 *
 * Layouts are {@link io.pcache.media}'s, reading and writing of structures {@link io.pcache.metadata}'s, of the log
 * {@link io.pcache.log}'s, batches {@link io.pcache.writeback}'s: what the engine believes and what the tools believe
 * cannot drift apart. Nothing here is safe for use by several threads.
 */
package io.pcache.offline;
