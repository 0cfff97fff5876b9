/**
 * What the users of a cache give and get: the configuration, the memory that a cache needs, the progress of long work,
 * and the errors with which a cache is refused.
 */
package io.pcache.cache;
