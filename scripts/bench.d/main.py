"""Runs the parts that were asked for, and reports. See README.md."""
import argparse
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from engine.jmh import Requests
from engine.memory import Memory
from engine.runs import Activation, Index, Steady, SyncWait, WriteBack
from lib import machine
from lib.build import Build, java
from lib.numbers import Numbers
from lib.run import Unavailable, say
from nbd.disk import Disk
from nbd.first import First
from nbd.part import Nbd
from report import plots, readme, table
from slow.part import Slow
from ssd.part import Ssd
from vm.part import Vm

TREE = Path(__file__).resolve().parent.parent.parent
RESULTS = TREE / "scripts" / "bench.d" / "results"

GROUPS = {
    "engine": (Requests, Steady, SyncWait, Index, Activation, WriteBack, Memory),
    "nbd": (First, Nbd, Disk),
    "vm": (Vm,),
    "slow": (Slow,),
    "ssd": (Ssd,),
}
# The smaller parts can also be named alone.
PARTS = {part.name: part for group in GROUPS.values() for part in group}

HELP = """Measures pcache beside its peers in one run and says which of its goals are met.

  engine   a write and a read hit beside the bare copy (JMH), a steady load, writes beside slow syncs, the index, activation, write-back, memory
  nbd      a device over NBD, beside nbdkit memory, and on the disk beside nbdkit file and qemu-nbd; the first I/O after activation
  vm       /dev/ublkb* in a guest, beside a null device of the same server
  slow     a slow disk in a guest, alone and behind pcache and the kernel's caches
  ssd      a cache device that is no memory, in a guest: the disk alone, and pcache and the kernel's caches on it
  all      all of these

A part can be named alone: """ + ", ".join(part.name for group in GROUPS.values() for part in group) + """.

On a Debian machine, as root, missing tools are installed; otherwise what needs them is left out, by name."""


@dataclass(frozen=True)
class Context:
    """What a part may know."""
    this: Build
    builds: tuple
    quick: bool
    rounds: int
    folder: Path
    disk_folder: Path


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", metavar="NAME", nargs="*", help="what to measure")
    parser.add_argument("--quick", action="store_true", help="one short round: shows that all works, measures nothing")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="rounds of each measurement (default 3)")
    parser.add_argument("--compare", metavar="TREE", help="measure another tree of the project too, in the same rounds")
    parser.add_argument("--own-benchmarks", action="store_true", help="with --compare: run the other tree's own benchmark classes, because "
                        "this tree's call the engine by names that the other tree does not have")
    parser.add_argument("--json", metavar="FILE", help="write the numbers there; the table and the plots go beside it. "
                        "By default: scripts/bench.d/results/NAMES/, except with --quick")
    parser.add_argument("--readme", action="store_true", help="write the slow disk's table into README.md, and the goals' into scripts/bench.d/README.md, as far as measured")
    parser.add_argument("--redraw", metavar="FILE", help="measure nothing: draw the plots of a run that was kept, beside its numbers.json")
    options = parser.parse_args()
    known = list(dict.fromkeys([*GROUPS, *PARTS, "all"]))
    for name in options.names:
        if name not in known:
            parser.error(f"there is no {name}; choose from {', '.join(known)}")
    if bool(options.names) == bool(options.redraw):
        parser.error("name what to measure, or give a file to --redraw" if not options.names else "--redraw measures nothing: name nothing to measure")
    if options.own_benchmarks and not options.compare:
        parser.error("--own-benchmarks goes with --compare")
    return options


def parts(names):
    chosen = [part for name in names for part in (PARTS.values() if name == "all" else GROUPS.get(name) or (PARTS[name],))]
    return [part() for part in dict.fromkeys(chosen)]


def measure(part, context, numbers):
    for number in range(context.rounds if part.repeat else 1):
        say(f"{part.name}" + (f", round {number + 1} of {context.rounds}" if part.repeat else ""))
        try:
            part.measure(context, numbers)
        except Unavailable as reason:
            numbers.note(f"{part.name}: {reason}")
            return
        except RuntimeError as failure:
            say(str(failure))
            numbers.note(f"{part.name}: failed: {str(failure).splitlines()[0]}")
            return


def report(options, numbers, facts):
    lines = list(table.document(numbers, facts, bool(options.compare)))
    print("\n".join(lines))
    if options.quick and not options.json:
        return
    file = Path(options.json).resolve() if options.json else RESULTS / "-".join(options.names) / "numbers.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    plotted = plots.draw(numbers, file.parent)
    file.with_suffix(".md").write_text("\n".join(lines) + "\n")
    file.write_text(json.dumps({"machine": facts, "units": numbers.units, "samples": numbers.samples, "left_out": numbers.notes}, indent=1) + "\n")
    if options.readme:
        for file_of_table, rows in ((TREE / "README.md", list(table.slow(numbers))), (TREE / "scripts/bench.d/README.md", list(table.goals(numbers, False)))):
            if len(rows) > table.HEADING:
                readme.write(file_of_table, [table.measured_on(facts), "", *rows])
    say("written: " + ", ".join(str(path) for path in (file, file.with_suffix(".md"), *plotted)))


def redraw(file):
    """Draws the numbers of a run."""
    try:
        kept = json.loads(file.read_text())
        numbers = Numbers()
        numbers.samples, numbers.units = kept["samples"], kept["units"]
    except (OSError, ValueError, KeyError) as failure:
        say(f"{file}: no numbers of a run: {failure}")
        return 1
    plotted = plots.draw(numbers, file.resolve().parent)
    for note in numbers.notes:
        say(note)
    say("written: " + ", ".join(str(path) for path in plotted))
    return 0 if plotted else 1


def main():
    options = arguments()
    if options.redraw:
        return redraw(Path(options.redraw))
    numbers = Numbers()
    (TREE / "build").mkdir(exist_ok=True)
    # Parts that measure disks measure the disk with the tree.
    with tempfile.TemporaryDirectory(prefix="pcache-bench-") as folder, tempfile.TemporaryDirectory(prefix="bench-", dir=TREE / "build") as disk:
        this = Build(TREE, TREE, "")
        benchmarks = options.compare if options.own_benchmarks else TREE
        builds = (this, Build(options.compare, benchmarks, table.OTHER)) if options.compare else (this,)
        for build in builds:
            build.make(Path(folder))
        facts = machine.describe(java(), TREE) | {"load_before": machine.load()}
        context = Context(this, builds, options.quick, 1 if options.quick else options.rounds, Path(folder), Path(disk))
        for part in parts(options.names):
            measure(part, context, numbers)
            for build in builds:
                part.derive(numbers, build.suffix)
        facts["load_after"] = machine.load()
        report(options, numbers, facts)
    return 1 if any(": failed: " in note for note in numbers.notes) else 0


if __name__ == "__main__":
    sys.exit(main())
