"""Samples by name, one list for each round, and what is made of them."""
import statistics


class Numbers:
    """Names read part/what[/variant]; a build that is compared has '@other' behind it."""

    def __init__(self):
        self.samples = {}
        self.units = {}
        self.notes = []

    def add(self, name, value, unit):
        self.samples.setdefault(name, []).append(value)
        self.units[name] = unit

    def note(self, text):
        """A line for people: what was left out, and why."""
        self.notes.append(text)

    def get(self, name):
        return self.samples.get(name, [])

    def ratios(self, name, *peers):
        """Of each round: the sample by the sum of its peers' samples. Empty where one was not measured."""
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
    """Four digits that matter."""
    if value == 0:
        return "0"
    magnitude = abs(value)
    if magnitude >= 1000:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.4g}" if magnitude < 1 else f"{value:.{max(0, 3 - len(str(int(magnitude))))}f}"
