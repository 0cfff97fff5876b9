/**
 * What fuzz targets share. A target is a public class with a method {@code fuzzerTestOneInput}, which takes an input
 * and throws where something is wrong: {@code MediaFuzzTest} in this module, and the targets of the NBD server and of
 * the control protocol in their packages. As tests, the targets run the inputs that were kept; {@code scripts/fuzz} has
 * Jazzer look for new inputs.
 */
package io.pcache.fuzz;
