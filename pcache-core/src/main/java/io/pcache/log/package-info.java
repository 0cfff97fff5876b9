/**
 * The log of keys: what makes cached data survive.
 *
 * <pre>
 *  KeyLog         accepts keys into the open key-set, seals key-sets, writes them to the medium in order (commit)
 *    KeySetRing   the key-sets on their way, where they may outlive the process
 *      KeySetBuffer   one key-set
 *    KeySetWriter the order of stores that makes key-sets part of the log
 *  CarryOver      commits what a killed process left in its ring
 *  LogWalk        reads key-set after key-set from a position to the log's end: for replay and the offline tools
 *    LogEnd       tells a torn last write from corruption in the middle
 *  KeySetReader   reads and validates one key-set at a position: for all who read the log
 *  Key            one decoded key; a flyweight
 *  Tails          key tail and dirty tail, in memory and on the medium
 *  Position       a place in the log, as one long
 * </pre>
 *
 * The log takes its key segments from {@link io.pcache.segment.SegmentTable}. The request path appends to the log,
 * write-back and garbage collection read the log, and recovery finds the log's end.
 */
package io.pcache.log;
