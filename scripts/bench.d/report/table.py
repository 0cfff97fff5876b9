"""The numbers as text: goals first, then everything."""
from lib.machine import sentence
from lib.numbers import median, spread, text
from report.goals import GOALS

OTHER = "@other"
# The lines of a table without a row.
HEADING = 2

# The names in the table for what the part `slow` measures.
SLOW = (("alone", "the slow disk alone"), ("pcache", "**pcache**"), ("dm-pcache", "dm-pcache"), ("dm-writecache", "dm-writecache"),
        ("dm-cache", "LVM cache (dm-cache, smq)"), ("bcache", "bcache"))


def goals(numbers, compared):
    """Markdown: one row for each condition that was measured."""
    columns = ["goal", "what", "median (smallest to largest)", "wanted", ""] + (["other build"] if compared else [])
    yield "| " + " | ".join(columns) + " |"
    yield "|" + " --- |" * len(columns)
    for goal in GOALS:
        verdict = goal.verdict(numbers)
        if verdict == "not measured":
            continue
        for i, condition in enumerate(goal.conditions):
            met = condition.met(numbers)
            name = f"{goal.number}. {goal.title}: {verdict}" if i == 0 else ""
            row = [name, condition.text, value(numbers, condition.number), f"{'at most' if condition.sign == '<=' else 'at least'} {condition.limit:g}",
                   {True: "met", False: "**not met**", None: "not measured"}[met]]
            if compared:
                row.append(value(numbers, condition.number + OTHER))
            yield "| " + " | ".join(row) + " |"


def slow(numbers):
    """Markdown: one row for the disk alone, and for each cache before it."""
    yield "| | reads a second | ms a read | ms a write |"
    yield "| --- | ---: | ---: | ---: |"
    for name, words in SLOW:
        figures = [numbers.get(f"slow/{name}/{figure}") for figure in ("reads", "read_time", "write_time")]
        if all(figures):
            reads, read_time, write_time = (median(figure) for figure in figures)
            yield f"| {words} | {reads:.0f} | {read_time:.1f} | {write_time:.1f} |"


def value(numbers, name):
    samples = numbers.get(name)
    if not samples:
        return "-"
    low, high = spread(samples)
    return text(median(samples)) if low == high else f"{text(median(samples))} ({text(low)} to {text(high)})"


def everything(numbers):
    yield "| number | median (smallest to largest) | unit | samples |"
    yield "| --- | --- | --- | --- |"
    for name in numbers.samples:
        yield f"| {name} | {value(numbers, name)} | {numbers.units[name]} | {len(numbers.get(name))} |"


def measured_on(machine):
    return "Measured on: " + sentence(machine) + "."


def document(numbers, machine, compared):
    yield measured_on(machine)
    yield ""
    yield from goals(numbers, compared)
    if numbers.notes:
        yield ""
        yield "Left out:"
        yield ""
        for note in numbers.notes:
            yield "- " + note
    yield ""
    yield "All numbers:"
    yield ""
    yield from everything(numbers)
