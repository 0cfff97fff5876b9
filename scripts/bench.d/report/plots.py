"""Plots as SVG, by gnuplot: each a group of bars, one for each number, with the spread of the rounds."""
import shutil
import subprocess

from lib.numbers import median, spread

PLOTS = {
    "requests": ("Requests of 4 KiB and the bare copy of the same bytes, one thread", "ns",
                 ("requests/copyIn/plain/1", "requests/write/plain/1", "requests/copyIn/crc/1", "requests/write/crc/1",
                  "requests/copyOut/plain/1", "requests/readHit/plain/1", "requests/copyOut/crc/1", "requests/readHit/crc/1")),
    "nbd": ("4 KiB random over NBD, depth 16", "requests/s",
            ("nbd/randread/16/nbdkit", "nbd/randread/16/pcache", "nbd/randwrite/16/nbdkit", "nbd/randwrite/16/pcache")),
    "vm": ("ublk in a guest", "requests/s",
           tuple(f"vm/{mode}/{load}/{who}" for mode in ("randread", "randwrite") for load in ("4k/1", "4k/16", "64k/16") for who in ("null", "pcache"))),
    "stalls": ("Slowest of sustained 4 KiB random writes in a guest", "ms",
               ("vm/stalls/slowest/null", "vm/stalls/slowest/pcache", "vm/stalls/slowest/dm-writecache")),
    "writeback": ("Contiguous write-back", "MiB/s", ("writeback/device_mib_s", "writeback/contiguous_mib_s", "writeback/random_mib_s")),
}


def draw(numbers, folder):
    """Returns the files written; none without gnuplot."""
    if not shutil.which("gnuplot"):
        numbers.note("plots: missing: gnuplot")
        return []
    return [file for name in PLOTS if (file := _draw(numbers, folder, name))]


def _draw(numbers, folder, name):
    title, unit, names = PLOTS[name]
    rows = [(number, median(samples), *spread(samples)) for number in names if (samples := numbers.get(number))]
    if not rows:
        return None
    file = folder / f"{name}.svg"
    data = "\n".join(f'"{_label(row[0])}" {row[1]} {row[2]} {row[3]}' for row in rows)
    script = f"""
set terminal svg size 900,420 font "sans-serif,13" background rgb "white"
set output "{file}"
set title "{title}"
set ylabel "{unit}"
set yrange [0:*]
set style fill solid 0.7 border -1
set boxwidth 0.6
set grid ytics
set xtics rotate by -25
set bmargin 6
unset key
$data << EOD
{data}
EOD
plot $data using 0:2:xtic(1) with boxes linecolor rgb "#4878a8", "" using 0:2:3:4 with yerrorbars linecolor rgb "black" pointtype 0
"""
    subprocess.run(["gnuplot"], input=script, text=True, check=True)
    return file


def _label(number):
    return " ".join(number.split("/")[1:])
