/**
 * Where requests go. Only {@link io.pcache.route.Router}, a pure function, knows what a
 * {@link io.pcache.route.CacheMode} means. The steering in {@link io.pcache.queue} asks, and carries out the answer.
 */
package io.pcache.route;
