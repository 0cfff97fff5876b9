/**
 * When accepted keys become durable. The {@link io.pcache.persist.Committer} decides which thread commits the log, and
 * when. Where a commit costs a few store fences, the request's own thread commits; where it costs a system call, one
 * thread commits for all. No key waits longer than a second.
 */
package io.pcache.persist;
