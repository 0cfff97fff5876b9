/**
 * For the build only: {@link io.pcache.dmctl.archive.Training} lets the JVM see which classes quick commands load, for
 * the class-data archive that the launcher starts with.
 */
package io.pcache.dmctl.archive;
