/**
 * The verbs that dmsetup has, and restart: a class each, or for a few that are alike.
 * {@link io.pcache.dmctl.verb.Verbs} finds the class of a row of {@link io.pcache.dmctl.grammar.VerbName}. A
 * {@link io.pcache.dmctl.verb.Verb} is handed a {@link io.pcache.dmctl.verb.Call} and prints to that call's streams.
 * Verbs over several devices go through {@code DeviceLoop}: in order, until the first failure.
 *
 * <p>What is printed is compared with recorded output of dmsetup; where it differs on purpose, the reason is in the
 * list that the test of these cases keeps.
 */
package io.pcache.dmctl.verb;
