/**
 * Background work: an {@link io.pcache.agent.Agent} does its work a piece at a time. Its
 * {@link io.pcache.agent.AgentThread} calls it when its signal is raised; a test calls it by hand.
 */
package io.pcache.agent;
