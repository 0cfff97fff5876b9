/** Benchmarks of the cache on a real backing device, driven by io_uring; see {@link io.pcache.bench}. */
package io.pcache.bench.backing;
