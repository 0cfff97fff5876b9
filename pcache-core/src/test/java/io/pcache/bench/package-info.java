/**
 * Benchmarks of the engine; {@code scripts/bench} runs the benchmarks beside their peers and says which goals are met.
 * The build runs none of them.
 *
 * <pre>
 *  EngineBenchmark      JMH: the time of a write and of a read hit, without the work behind them
 *  BareCopyBenchmark    JMH: the peers: what copying and checksumming the same bytes takes
 *  SteadyRun            writes for a while with write-back and GC behind them: latencies, and whether the JVM paused
 *  ReplayRun            a cache with millions of keys, and how long its activation takes
 *    BenchCache         the cache that is measured
 *    NullBacking        a backing device that takes no time
 *    RandomBlocks       offsets in an order that no cache of the processor foresees
 *    Report             numbers for scripts: one line of JSON
 * </pre>
 *
 * Elsewhere: {@link io.pcache.index.CacheIndexBenchmark}, {@link io.pcache.memory.DurableCopyBenchmark},
 * {@link io.pcache.memory.PageCacheCopyBenchmark}; {@code WriteBackRun} in pcache-ublk, since it needs io_uring.
 */
package io.pcache.bench;
