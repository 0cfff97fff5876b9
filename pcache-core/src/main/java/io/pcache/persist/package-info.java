/**
 * When accepted keys become durable. The {@link io.pcache.persist.Committer} decides who commits the log and when: the
 * request's own thread where that costs a few store fences, one thread for all where it costs a system call; and no key
 * waits longer than a second.
 */
package io.pcache.persist;
