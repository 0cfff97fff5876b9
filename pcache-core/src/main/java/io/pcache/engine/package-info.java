/**
 * Puts the parts of a cache together: a target opens, serves and closes a {@link io.pcache.engine.PCache}. The agents
 * of a cache are those of the packages below, and those of this package.
 *
 * <pre>
 *  engine ──> recovery ──────────────────────┐
 *    │   └──> request, persist, writeback, gc ──> placement, flight ──> log, index ──> segment ──> metadata ──> memory, media
 *    └──────────> agent ──> wake ──> clock        all of these may use health, stats, wake and clock
 * </pre>
 */
package io.pcache.engine;
