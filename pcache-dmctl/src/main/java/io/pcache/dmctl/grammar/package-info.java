/**
 * The command line, declared once. A row of {@link io.pcache.dmctl.grammar.VerbName} is a verb: its word, synopsis,
 * number of operands, sentence and example. A row of {@link io.pcache.dmctl.grammar.Option} is an option: its name,
 * letter, value and sentence. Help, shell completion, the reading of arguments (package {@code options}) and the
 * refusal of another verb's options are made from these rows. The package uses no other package of pcachectl.
 */
package io.pcache.dmctl.grammar;
