package io.pcache.dmctl.report;

import io.pcache.dmctl.failure.CommandFailure;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Chooses, sorts and prints rows. */
public final class Report {
    private final List<Field> fields;
    private final List<FieldList.SortKey> keys;
    private final Selection selection;
    private final ReportFormat format;
    private final List<Line> lines = new ArrayList<>();

    /** A row's cells: first the cells that are shown, then the cells that rows are sorted by. */
    private record Line(Cell[] cells) {}

    public Report(List<Field> fields, List<FieldList.SortKey> keys, Selection selection, ReportFormat format) {
        this.fields = fields;
        this.keys = keys;
        this.selection = selection;
        this.format = format;
    }

    /** Takes a row in, if the row is selected, or the field that tells of the selection is shown. */
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

    /** Prints the rows that were added. Without rows, nothing is printed. */
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

    /** The fields that are shown. */
    public List<Field> fields() {
        return fields;
    }

    /** The rows' cells in the fields that are shown, for callers that print rows in another way. */
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
