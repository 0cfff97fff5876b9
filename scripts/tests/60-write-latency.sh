#!/usr/bin/env bash
# The slowest of sustained random writes to a device four times as large as its cache: the goal is 100 ms at most.
# 4 KiB, queue depth 16, backing file in memory.
#   60-write-latency.sh [--gate] [SECONDS]    60 unless given. The time is only reported, since it depends on what else
#                                             the machine does; with --gate, more than 100 ms is a failure.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/testing.sh"
require jq=jq fio=fio || skip "the tools are not there"
gate=no
if [ "${1:-}" = --gate ]; then gate=yes; shift; fi
seconds=60
if quick; then seconds=10; fi
seconds=${1:-$seconds}
limit_ms=100

[ -w /dev/shm ] || skip "/dev/shm cannot be written"
free=$(df --output=avail -B1 /dev/shm | tail -n 1)
[ "$free" -gt $((3 << 30)) ] || skip "/dev/shm has less than 3 GiB free"
export TMPDIR=/dev/shm
workspace

cache=$(sparse cache 544M) backing=$(sparse backing 2176M)
pcachectl create demo --table "$(table "$(sectors "$backing")" "$cache" "$backing" false)" 2>/dev/null
fio --name=latency --ioengine=nbd --uri="$(uri demo)" --rw=randwrite --bs=4k --iodepth=16 --size=2176M \
  --time_based --runtime="$seconds" --randrepeat=0 --norandommap --output-format=json --output="$work/fio"
pcachectl status demo
pcachectl remove demo

slowest=$(jq '.jobs[0].write.lat_ns.max / 1e6 * 100 | round / 100' "$work/fio")
jq -r '.jobs[0].write | "\(.iops | round) writes/s; latency in ms: median \(.clat_ns.percentile."50.000000" / 1e6), " +
  "99.9 % \(.clat_ns.percentile."99.900000" / 1e6)"' "$work/fio"
if jq -en "$slowest <= $limit_ms" >/dev/null; then
  echo "slowest request $slowest ms: within $limit_ms ms"
else
  echo "slowest request $slowest ms: MORE than $limit_ms ms"
  [ "$gate" = no ] || exit 1
fi
