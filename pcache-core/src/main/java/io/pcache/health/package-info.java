/**
 * What is wrong with a cache: {@link io.pcache.health.Health} takes every error of a device, tells operators through
 * {@link io.pcache.health.CacheEvents}, and keeps the {@link io.pcache.health.Condition}s that last.
 */
package io.pcache.health;
