/**
 * Puts the parts of a cache together: {@link io.pcache.engine.PCache} is what a target opens, serves and closes. Its
 * agents are those of the packages below, and {@code SegmentPreparer}.
 *
 * <pre>
 *  engine ──> recovery ──────────────────────┐
 *    │   └──> request, persist, writeback, gc ──> placement, flight ──> log, index ──> segment ──> metadata ──> memory, media
 *    └──────────> agent ──> wake ──> clock        all of these may use health, stats, wake and clock
 * </pre>
 */
package io.pcache.engine;
