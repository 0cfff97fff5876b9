/**
 * What fuzz targets share. A target is a public class whose {@code fuzzerTestOneInput} takes an input and throws where
 * something is wrong: {@code MediaFuzzTest} here, those of the NBD server and of the control protocol in their
 * packages. As tests they run the inputs that were kept; {@code scripts/fuzz} lets Jazzer look for new ones.
 */
package io.pcache.fuzz;
