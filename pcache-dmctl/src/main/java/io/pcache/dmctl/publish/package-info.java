/**
 * For the build only: what is made from package {@code grammar}, and from the table of settings, for readers and for
 * shells. {@link io.pcache.dmctl.publish.ManualPages} fills in the manual,
 * {@link io.pcache.dmctl.publish.CompletionTable} prints what shells complete.
 */
package io.pcache.dmctl.publish;
