/**
 * For the build only: {@link io.pcache.dmctl.completion.CompletionTable} prints what shells complete, read from the
 * synopses of {@link io.pcache.dmctl.grammar.VerbName} by {@link io.pcache.dmctl.grammar.Synopsis}.
 */
package io.pcache.dmctl.completion;
