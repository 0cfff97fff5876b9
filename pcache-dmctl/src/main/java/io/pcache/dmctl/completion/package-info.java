/**
 * For the build only: {@link io.pcache.dmctl.completion.CompletionTable} prints what shells complete, from package
 * {@code grammar}.
 */
package io.pcache.dmctl.completion;
