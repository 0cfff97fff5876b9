/**
 * Decisions that could be made in another way without harm to any data, each behind a small interface.
 * {@code engine.PCache} chooses.
 *
 * <pre>
 *  WriteRate      how fast writes come in when room is short    placement.WriteThrottle
 *  CleaningPace   how large a batch of write-back is, and when  writeback.BatchPace, writeback.YieldingPace
 *  Admission      which fills are kept                          Admission.ALL
 * </pre>
 */
package io.pcache.policy;
