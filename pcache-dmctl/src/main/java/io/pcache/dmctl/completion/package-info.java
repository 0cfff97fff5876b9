/**
 * For the build only: {@link io.pcache.dmctl.completion.CompletionTable} prints what shells complete, read from the
 * synopses of {@link io.pcache.dmctl.verb.VerbName} by {@link io.pcache.dmctl.completion.Synopsis}.
 */
package io.pcache.dmctl.completion;
