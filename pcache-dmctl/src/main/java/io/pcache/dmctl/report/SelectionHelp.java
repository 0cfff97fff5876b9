package io.pcache.dmctl.report;

import java.io.PrintStream;

/** The operators of a selection, for people. */
final class SelectionHelp {
    private static final String TEXT = """
        Selection values
          number              - Decimal digits.
          string              - Characters, in ' or " where they hold blanks or operators.
          regular expression  - Likewise; may also stand in ( ), { } or [ ].
        Selection operators
          Comparison operators:
            =~  - Regular expression found in. [string]
            !~  - Regular expression not found in. [string]
             =  - Equal to. [number, string]
            !=  - Not equal to. [number, string]
            >=  - Greater than or equal to. [number]
             >  - Greater than. [number]
            <=  - Less than or equal to. [number]
             <  - Less than. [number]
          Logical and grouping operators:
            &&  - Both sides hold.
             ,  - Both sides hold.
            ||  - At least one side holds.
             #  - At least one side holds.
             !  - What is in the parentheses that follow does not hold.
           ( )  - Grouping.
        """;

    private SelectionHelp() {}

    static void print(PrintStream err) {
        err.print(TEXT);
    }
}
