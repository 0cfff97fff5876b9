/**
 * Small structures that are kept in two copies so that one always survives a crash: read, choose, write over the older.
 * Uses {@link io.pcache.media} for the layouts and {@link io.pcache.memory} for the bytes.
 */
package io.pcache.metadata;
