/**
 * What a command is called with. An {@link io.pcache.dmctl.invocation.Invocation} holds the arguments, the environment
 * and the streams, so that tests run a command in-process, and one command runs another.
 * {@link io.pcache.dmctl.invocation.StandardOutput} is the stream that results are printed to.
 */
package io.pcache.dmctl.invocation;
