/**
 * Where requests go: {@link io.pcache.route.Router}, a pure function, is all that knows what a
 * {@link io.pcache.route.CacheMode} means. The steering in {@link io.pcache.queue} asks, and carries out.
 */
package io.pcache.route;
