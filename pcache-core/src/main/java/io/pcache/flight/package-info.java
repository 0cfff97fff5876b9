/**
 * What is under way, by its range of the device: {@link io.pcache.flight.Flights}, one registry for all transfers that
 * have to know of each other. The registry is guarded by the locks of the index.
 */
package io.pcache.flight;
