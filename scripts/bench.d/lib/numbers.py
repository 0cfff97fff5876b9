"""Samples by name, one list for each round, and what is computed from them."""
import statistics


class Numbers:
    """Names have the form part/what[/variant]; names of the compared build end with '@other'."""

    def __init__(self):
        self.samples = {}
        self.units = {}
        self.notes = []

    def add(self, name, value, unit):
        self.samples.setdefault(name, []).append(value)
        self.units[name] = unit

    def note(self, text):
        """Adds a line for people: what was left out, and why."""
        self.notes.append(text)

    def get(self, name):
        return self.samples.get(name, [])

    def ratios(self, name, *peers):
        """For each round: the sample divided by the sum of its peers' samples. Empty if a number was not measured."""
        columns = [self.get(peer) for peer in peers]
        return [value / sum(others) for value, *others in zip(self.get(name), *columns) if sum(others) > 0]

    def add_ratio(self, name, of, *peers):
        for value in self.ratios(of, *peers):
            self.add(name, value, "")


def median(values):
    return statistics.median(values)


def spread(values):
    return min(values), max(values)


def text(value):
    """A number with four significant digits."""
    if value == 0:
        return "0"
    magnitude = abs(value)
    if magnitude >= 1000:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.4g}" if magnitude < 1 else f"{value:.{max(0, 3 - len(str(int(magnitude))))}f}"
