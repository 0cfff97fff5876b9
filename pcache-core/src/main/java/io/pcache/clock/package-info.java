/** Time as a parameter: {@link io.pcache.clock.Clock}. */
package io.pcache.clock;
