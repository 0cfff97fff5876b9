package io.pcache.dmctl.tree;

import io.pcache.control.DeviceName;
import io.pcache.dmctl.options.TreeStyle;
import io.pcache.dmctl.options.TreeStyle.Part;
import io.pcache.dmctl.options.TreeStyle.Symbols;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Draws a {@link DeviceTree}.
 *
 * <pre>
 * pc (252:0)
 *  |- (7:0)
 *  `- (259:0)
 * </pre>
 *
 * Compact drawing has libdevmapper's flaw: below the second level, strokes do not stand under the devices that they
 * belong to.
 */
public final class TreePrinter {
    private static final String CUT = "...";

    private final TreeStyle style;
    private final int width;
    private final PrintStream out;
    private final StringBuilder line = new StringBuilder();
    private final List<Boolean> more = new ArrayList<>();
    private final List<Integer> widths = new ArrayList<>();

    /** @param width the number of columns that a line may have */
    public TreePrinter(TreeStyle style, int width, PrintStream out) {
        this.style = style;
        this.width = width;
        this.out = out;
    }

    public void print(DeviceTree tree) {
        for (TreeNode node : style.has(Part.INVERTED) ? tree.bottoms() : tree.tops()) {
            print(node, 0, true);
        }
    }

    private void print(TreeNode node, int depth, boolean lastChild) {
        if (isShown(node)) {
            draw(node, depth, lastChild);
        } else {
            remember(depth, lastChild, 0);
        }
        List<TreeNode> children = children(node);
        for (int i = 0; i < children.size(); i++) {
            print(children.get(i), depth + 1, i == children.size() - 1);
        }
    }

    private List<TreeNode> children(TreeNode node) {
        return style.has(Part.INVERTED) ? node.usedBy() : node.uses();
    }

    private boolean isShown(TreeNode node) {
        return !node.name().isEmpty() || style.has(Part.NUMBER) || style.has(Part.BLOCK_NAME);
    }

    private void remember(int depth, boolean lastChild, int drawn) {
        while (more.size() <= depth) {
            more.add(false);
            widths.add(0);
        }
        more.set(depth, !lastChild);
        widths.set(depth, drawn);
    }

    private void draw(TreeNode node, int depth, boolean lastChild) {
        remember(depth, lastChild, 0);
        boolean compact = style.has(Part.COMPACT);
        boolean firstOnLine = line.isEmpty();
        if (!compact || firstOnLine) {
            prefix(depth);
        }
        int start = line.length();
        if (compact && !firstOnLine) {
            line.append(lastChild ? style.symbols().single : style.symbols().first);
        }
        describe(node);
        if (compact) {
            widths.set(depth, line.length() - start);
        }
        if (!compact || children(node).isEmpty()) {
            endLine();
        }
    }

    private void prefix(int depth) {
        Symbols symbols = style.symbols();
        for (int level = 0; level < depth; level++) {
            line.append(" ".repeat(widths.get(level) + 1));
            boolean own = level == depth - 1;
            if (more.get(level + 1)) {
                line.append(own ? symbols.branch : symbols.vertical);
            } else {
                line.append(own ? symbols.last : "  ");
            }
        }
    }

    private void describe(TreeNode node) {
        line.append(node.name());
        if (style.has(Part.BLOCK_NAME)) {
            line.append(" <").append(node.blockName()).append('>');
        }
        if (style.has(Part.NUMBER)) {
            line.append(" (").append(node.number()).append(')');
        }
        if (node.info() == null) {
            return;
        }
        List<String> attributes = new ArrayList<>();
        if (style.has(Part.ACTIVE)) {
            attributes.add(node.info().suspended() ? "SUSPENDED" : "ACTIVE");
        }
        if (style.has(Part.READ_WRITE)) {
            attributes.add(node.info().readOnly() ? "RO" : "RW");
        }
        if (style.has(Part.OPEN_COUNT)) {
            attributes.add(Integer.toString(node.info().openCount()));
        }
        if (style.has(Part.UUID)) {
            attributes.add(DeviceName.unmangle(node.info().uuid()));
        }
        if (!attributes.isEmpty()) {
            line.append(" [").append(String.join(", ", attributes)).append(']');
        }
    }

    /**
     * A line that fills the width to the last column is shown whole. In a longer line, three dots take the place of
     * what is cut.
     */
    private void endLine() {
        int length = line.codePointCount(0, line.length());
        if (style.has(Part.TRUNCATE) && length > width) {
            line.setLength(line.offsetByCodePoints(0, width - 1));
            line.append(CUT);
        }
        out.print(line.append('\n'));
        line.setLength(0);
    }
}
