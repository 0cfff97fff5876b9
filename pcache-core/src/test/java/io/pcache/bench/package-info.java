/**
 * Benchmarks of the engine; {@code scripts/bench} runs them beside their peers and says which goals are met. None is
 * run by the build.
 *
 * <pre>
 *  EngineBenchmark      JMH: a write and a read hit, in time of their own, without the work behind them
 *  BareCopyBenchmark    JMH: its peers: what copying and checksumming the same bytes takes
 *  SteadyRun            writes for a while with write-back and GC behind them: latencies, and whether the JVM paused
 *  ReplayRun            a cache with millions of keys, and how long its activation takes
 *    BenchCache         the cache that they measure
 *    NullBacking        a backing device that takes no time
 *    RandomBlocks       offsets in an order that no cache of the processor foresees
 *    Report             numbers for scripts: one line of JSON
 * </pre>
 *
 * Elsewhere: {@link io.pcache.index.CacheIndexBenchmark}, {@link io.pcache.memory.DurableCopyBenchmark},
 * {@link io.pcache.memory.PageCacheCopyBenchmark}; {@code WriteBackRun} in pcache-ublk, since it wants the io_uring.
 */
package io.pcache.bench;
