/**
 * Frees segments. The log is walked from its old end, the key tail, and never past what is written back. The only class
 * is {@link io.pcache.gc.GarbageCollector}.
 */
package io.pcache.gc;
