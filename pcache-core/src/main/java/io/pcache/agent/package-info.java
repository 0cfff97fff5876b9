/**
 * Background work: {@link io.pcache.agent.Agent} is done a piece at a time, by its {@link io.pcache.agent.AgentThread}
 * when its signal is raised, or by a test's own hand.
 */
package io.pcache.agent;
