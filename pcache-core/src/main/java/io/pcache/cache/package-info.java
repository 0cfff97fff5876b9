/** What the users of a cache give and get: its configuration, the errors it is refused with, and Linux's error numbers. */
package io.pcache.cache;
