/**
 * Tools for cache devices that are not active, those of pcache and of the kernel's target: check, repair, dump,
 * restore, write-back, wipe. The tools are for damaged devices: nothing here assumes that a structure is what it should
 * be, and nothing is written that was not asked for.
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
 *        BehindEnd         key-sets behind a log that ends in zeros
 *        LogFinder         the log of a cache without tails
 *      DataCheck           data checksums
 *      BackingCheck        data that the backing device has too
 *    CheckReport           {@link io.pcache.offline.Finding}s, each with what a repair can do (Mend), and a summary
 *  Repair, RepairBackup    does to the device what was tried on the draft; takes it back
 *  OfflineWriteBack        dirty data to the backing device
 *  Wipe                    makes a device blank
 *  CacheDump, ImageWriter  everything there is, in pieces; an image made of pieces
 * </pre>
 *
 * Other packages have the layouts ({@link io.pcache.media}), read and write structures ({@link io.pcache.metadata}) and
 * the log ({@link io.pcache.log}), and make batches ({@link io.pcache.writeback}). The engine uses the same code, so
 * what the engine believes and what the tools believe cannot drift apart. Nothing here is safe for use by several
 * threads.
 */
package io.pcache.offline;
