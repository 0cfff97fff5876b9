/**
 * What the users of a cache give and get: its configuration, the memory it needs, how far long work has come, and the
 * errors it is refused with.
 */
package io.pcache.cache;
