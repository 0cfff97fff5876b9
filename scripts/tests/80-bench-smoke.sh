#!/usr/bin/env bash
# The benchmarks still compile and run: a round of seconds, with numbers that mean nothing.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/testing.sh"
require fio=fio nbdkit=nbdkit qemu-nbd=qemu-utils /usr/lib/python3/dist-packages/nbd.py=python3-libnbd || skip "the tools are not there"
workspace

"$tree/scripts/bench" --quick --json "$work/numbers.json" engine nbd | tee "$work/table"
# Every measurement has left its mark, and none was left out.
for name in requests steady syncwait index activation writeback memory first nbd disk; do
  grep -q "^| $name/" "$work/table" || fail "no numbers of $name"
done
! grep -q '^Left out' "$work/table" || fail "something was left out"
# The plots of a run that is kept have words, a legend, and say what is better. The names of numbers are for programs
# only.
require gnuplot=gnuplot-nox || skip "gnuplot is not there; the rest has passed"
cp "$tree/scripts/bench.d/results/all/numbers.json" "$work/kept.json"
"$tree/scripts/bench" --redraw "$work/kept.json"
for plot in requests nbd vm stalls writeback; do
  for words in "is better" pcache "goal for pcache"; do grep -q "$words" "$work/$plot.svg" || fail "the plot $plot does not say '$words'"; done
  ! grep -Eq 'randread|copyIn|mib_s|/plain' "$work/$plot.svg" || fail "the plot $plot has keys in place of words"
done
refused "no numbers of a run" "$tree/scripts/bench" --redraw "$work/table"
