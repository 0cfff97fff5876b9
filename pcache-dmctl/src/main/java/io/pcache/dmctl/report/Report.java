package io.pcache.dmctl.report;

import io.pcache.dmctl.failure.CommandFailure;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Rows, chosen, sorted and printed. */
public final class Report {
    private final List<Field> fields;
    private final List<FieldList.SortKey> keys;
    private final Selection selection;
    private final ReportFormat format;
    private final List<Line> lines = new ArrayList<>();

    /** A row's cells: those shown first, then those sorted by. */
    private record Line(Cell[] cells) {}

    public Report(List<Field> fields, List<FieldList.SortKey> keys, Selection selection, ReportFormat format) {
        this.fields = fields;
        this.keys = keys;
        this.selection = selection;
        this.format = format;
    }

    /** Takes a row in, if it is selected or all are to be shown. */
    public void add(Row row) throws CommandFailure {
        boolean selected = selection.matches(row);
        if (!selected && !fields.contains(Field.SELECTED)) {
            return;
        }
        Cell[] cells = new Cell[fields.size() + keys.size()];
        for (int i = 0; i < cells.length; i++) {
            Field field = i < fields.size()
                    ? fields.get(i)
                    : keys.get(i - fields.size()).field();
            cells[i] = field == Field.SELECTED ? Cell.of(selected ? 1 : 0) : row.cell(field);
        }
        lines.add(new Line(cells));
    }

    /** Prints what was added; nothing at all without a row. */
    public void print(PrintStream out) {
        if (!keys.isEmpty()) {
            lines.sort(this::compare);
        }
        List<String[]> texts = new ArrayList<>();
        for (Line line : lines) {
            String[] row = new String[fields.size()];
            for (int i = 0; i < row.length; i++) {
                row[i] = format.text(fields.get(i), line.cells[i]);
            }
            texts.add(row);
        }
        format.print(fields, texts, out);
    }

    private int compare(Line one, Line other) {
        for (int i = 0; i < keys.size(); i++) {
            Cell a = one.cells[fields.size() + i];
            Cell b = other.cells[fields.size() + i];
            int order = keys.get(i).field().isNumber()
                    ? Long.compare(a.number(), b.number())
                    : a.text().compareTo(b.text());
            if (order != 0) {
                return keys.get(i).descending() ? -order : order;
            }
        }
        return 0;
    }

    /** The fields shown. */
    public List<Field> fields() {
        return fields;
    }

    /** The rows' cells in the fields shown, for other ways to print them. */
    public List<Cell[]> sortedCells() {
        if (!keys.isEmpty()) {
            lines.sort(this::compare);
        }
        List<Cell[]> cells = new ArrayList<>();
        for (Line line : lines) {
            cells.add(line.cells);
        }
        return cells;
    }
}
