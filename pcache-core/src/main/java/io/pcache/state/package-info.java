/**
 * What all users of one cache share, and how they wake each other.
 *
 * <pre>
 *  CacheState     memory, segments, checksums, index, log; what the request path, write-back and GC are made with
 *  Tails          key tail and dirty tail, in memory and on the medium
 *  SpaceWaiters   request queues that wait for a segment, for the log, or for a flush to be durable
 *  WriteThrottle  holds writes to the pace of garbage collection when few segments are free
 *  PendingFills   reads of the backing device whose data may go into the cache, unless a write comes first
 *  Agent, AgentThread, Signal   background work: done when there is some, asleep otherwise
 *  Health, CacheEvents          what is wrong, for status and for operators
 * </pre>
 */
package io.pcache.state;
