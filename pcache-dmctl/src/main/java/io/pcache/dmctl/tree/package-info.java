/**
 * Which device uses which: {@link io.pcache.dmctl.tree.DeviceTree} is the graph of
 * {@link io.pcache.dmctl.tree.TreeNode}s, for which each target is asked once; {@link io.pcache.dmctl.tree.TreePrinter}
 * draws the graph for {@code ls --tree}. Reports take their columns on relations from the same graph.
 */
package io.pcache.dmctl.tree;
