/**
 * The verbs that dmsetup has, and restart: a class each, or for a few that are alike.
 * {@link io.pcache.dmctl.verb.Verbs} finds the class of a row of {@link io.pcache.dmctl.grammar.VerbName}. A
 * {@link io.pcache.dmctl.verb.Verb} is given a {@link io.pcache.dmctl.verb.Call}, and prints to the streams of that
 * call. A verb for several devices goes through {@code DeviceLoop}: in order, until the first failure.
 *
 * <p>A test compares what verbs print with recorded output of dmsetup. The test has a list of the differences that are
 * meant, each with its reason.
 */
package io.pcache.dmctl.verb;
