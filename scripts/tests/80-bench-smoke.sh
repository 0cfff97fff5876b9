#!/usr/bin/env bash
# The benchmarks still compile and run: a round of seconds, whose numbers mean nothing.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/testing.sh"
require fio=fio nbdkit=nbdkit /usr/lib/python3/dist-packages/nbd.py=python3-libnbd || skip "the tools are not there"
workspace

"$tree/scripts/bench" --quick --json "$work/numbers.json" engine nbd | tee "$work/table"
# Every measurement has left its mark, and nothing was left out.
for name in requests steady index activation writeback memory first nbd; do
  grep -q "^| $name/" "$work/table" || fail "no numbers of $name"
done
! grep -q '^Left out' "$work/table" || fail "something was left out"
