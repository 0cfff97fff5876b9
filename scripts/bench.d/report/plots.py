"""Plots as SVG, by gnuplot: pairs of bars, pcache beside its peer, with the spread of the rounds, and the goal if
there is a goal.
"""
import shutil
import subprocess
from dataclasses import dataclass

from lib.numbers import median, spread, text

PEER, OURS, GOAL = "#d98c3f", "#2f6db5", "#1a1a1a"
GAP = 0.19
WIDTH = 0.36


@dataclass(frozen=True)
class Pair:
    """Numbers by their names; either name may be None. The goal is a multiple of the peer's number, or a
    number of the plot's unit if there is no peer.
    """
    words: str
    peer: str
    ours: str
    goal: float = None


@dataclass(frozen=True)
class Plot:
    title: str
    unit: str
    better: str
    peer: str
    pairs: tuple


def _requests():
    for words, peer, ours in (("write", "copyIn", "write"), ("read hit", "copyOut", "readHit")):
        for kind, more in (("plain", ""), ("crc", "\\nwith checksums")):
            yield Pair(words + more, f"requests/{peer}/{kind}/1", f"requests/{ours}/{kind}/1", 2)


def _vm():
    for mode, words in (("randread", "read hits"), ("randwrite", "writes")):
        for load, more, goal in (("4k/1", "of 4 KiB,\\none at a time", 0.85), ("4k/16", "of 4 KiB,\\n16 at a time", 0.85), ("64k/16", "of 64 KiB,\\n16 at a time", 0.8)):
            yield Pair(f"{words} {more}", f"vm/{mode}/{load}/null", f"vm/{mode}/{load}/pcache", goal)


PLOTS = {
    "requests": Plot("A request of 4 KiB in the engine, one thread", "nanoseconds", "lower", "bare copy of the same bytes", tuple(_requests())),
    "nbd": Plot("Random requests of 4 KiB over NBD, 16 at a time", "requests a second", "higher", "nbdkit memory",
                (Pair("reads", "nbd/randread/16/nbdkit", "nbd/randread/16/pcache", 0.6), Pair("writes", "nbd/randwrite/16/nbdkit", "nbd/randwrite/16/pcache", 0.6))),
    "vm": Plot("Random requests to a ublk device in a guest", "requests a second", "higher", "a device that stores nothing", tuple(_vm())),
    "stalls": Plot("Slowest of sustained random writes of 4 KiB in a guest, 1 GiB behind a cache of 544 MiB", "milliseconds", "lower", "others",
                   (Pair("device that\\nstores nothing", "vm/stalls/slowest/null", None), Pair("dm-writecache", "vm/stalls/slowest/dm-writecache", None),
                    Pair("pcache", None, "vm/stalls/slowest/pcache", 100))),
    "writeback": Plot("Write-back to a file on the disk", "MiB a second", "higher", "the disk itself, one large write behind the other",
                      (Pair("contiguous data", "writeback/device_mib_s", "writeback/contiguous_mib_s", 0.9), Pair("random blocks of 4 KiB", None, "writeback/random_mib_s"))),
}


def draw(numbers, folder):
    """Returns the files written; none without gnuplot."""
    if not shutil.which("gnuplot"):
        numbers.note("plots: missing: gnuplot")
        return []
    return [file for name, plot in PLOTS.items() if (file := _draw(numbers, plot, folder / f"{name}.svg"))]


def _draw(numbers, plot, file):
    pairs = [pair for pair in plot.pairs if numbers.get(pair.peer) or numbers.get(pair.ours)]
    if not pairs:
        return None
    peers, ours, goals = [], [], []
    for at, pair in enumerate(pairs):
        # A bar without a neighbour stands in the middle.
        gap = GAP if pair.peer and pair.ours else 0
        for bars, number, x in ((peers, pair.peer, at - gap), (ours, pair.ours, at + gap)):
            if samples := numbers.get(number):
                bars.append((x, median(samples), *spread(samples)))
        if pair.goal and (not pair.peer or numbers.get(pair.peer)):
            goals.append((at + gap - WIDTH * 0.6, pair.goal * (median(numbers.get(pair.peer)) if pair.peer else 1), WIDTH * 1.2))
    subprocess.run(["gnuplot"], input=_script(plot, file, pairs, peers, ours, goals), text=True, check=True)
    return file


def _script(plot, file, pairs, peers, ours, goals):
    top = 1.08 * max([row[3] for row in peers + ours] + [row[1] for row in goals])
    # Inside the bar, where nothing else is drawn; above a bar that is too low for the text.
    values = [(x, 0, text(value), 0xFFFFFF) if value > top / 10 else (x, high, text(value), 0) for x, value, low, high in peers + ours]
    tics = ", ".join(f'"{pair.words}" {at}' for at, pair in enumerate(pairs))
    layers = []
    for name, words, colour, rows in (("peers", plot.peer, PEER, peers), ("ours", "pcache", OURS, ours)):
        if rows:
            layers += [f'${name} using 1:2 with boxes linecolor rgb "{colour}" title "{words}"', f'${name} using 1:3:(0):($4-$3) with vectors heads size screen 0.006,90 linecolor rgb "#444444" notitle']
    if goals:
        words = "goal for pcache: at most" if plot.better == "lower" else "goal for pcache: at least"
        layers.append(f'$goals using 1:2:3:(0) with vectors nohead linewidth 2.5 dashtype (6,4) linecolor rgb "{GOAL}" title "{words}"')
    layers.append('$values using 1:2:3:4 with labels offset 0,0.7 font ",12" textcolor rgb variable notitle')
    return f"""
set terminal svg size 960,480 font "sans-serif,13" background rgb "white" noenhanced
set output "{file}"
set title "{plot.title}\\n{plot.better} is better" font ",15"
set ylabel "{plot.unit}"
set yrange [0:{top}]
set xrange [-0.6:{len(pairs) - 0.4}]
set style fill solid 0.9 noborder
set boxwidth {WIDTH}
set grid ytics linecolor rgb "#dddddd"
set format y "%'.0f"
set xtics ({tics}) scale 0
set border 3
set tics nomirror
set key outside top center horizontal Left reverse samplen 2 maxrows 1
set bmargin 4
{_block("peers", peers)}{_block("ours", ours)}{_block("goals", goals)}{_block("values", values)}plot {", ".join(layers)}
"""


def _block(name, rows):
    """Data by name; text in quotes."""
    lines = [" ".join(f'"{cell}"' if isinstance(cell, str) else f"{cell:.9g}" for cell in row) for row in rows]
    return f"${name} << EOD\n" + "\n".join(lines) + "\nEOD\n" if rows else ""
