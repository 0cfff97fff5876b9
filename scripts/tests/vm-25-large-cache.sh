#!/usr/bin/env bash
# A cache of 1 TiB on a disk (quick: 128 GiB), in a guest with 1200 MiB: the target stays below 512 MiB beside its index.
# seconds: 1200
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/guest.sh"
require fio=fio jq=jq || skip "the tools are not there"
seconds=60 size=1T
if quick; then seconds=10 size=128G; fi
in_guest --memory 1200M --unsafe-drive cache=cache:$size --unsafe-drive backing=backing:2T

cache=$(realpath /dev/vm/cache) backing=$(realpath /dev/vm/backing)
PCACHE_TIMEOUT=300 pcachectl create demo --table "$(table "$(blockdev --getsz "$backing")" "$cache" "$backing" true)"
device=$(path demo)
pid=$(target_pid demo)

# What the process has for itself: neither the cache's pages nor program code.
own_mib() { echo $(($(sed -n 's/^RssAnon:[[:space:]]*\([0-9]*\) kB$/\1/p' "/proc/$pid/status") / 1024)); }

load() { # OPTION...
  fio --name=load --filename="$device" --ioengine=io_uring --direct=1 --norandommap --numjobs=2 --group_reporting --time_based \
    --runtime="$seconds" --output="$work/fio" "$@" || { cat "$work/fio"; fail "fio"; }
}

most=0
look() { # WHEN
  local now
  now=$(own_mib)
  echo "$1: $now MiB"
  [ "$now" -le "$most" ] || most=$now
}

look "after create"
load --rw=randwrite --bs=4k --iodepth=128
look "after random writes of 4 KiB"
load --rw=randrw --bsrange=512-1M --iodepth=64
look "after mixed requests of up to 1 MiB"
load --rw=write --bs=1M --iodepth=32
look "after sequential writes"
load --rw=randread --bs=4k --iodepth=128 --size=64M
look "after random reads"

# 16 bytes an extent, and 8 for its checksum, in arrays that are up to twice as large.
index_mib=$(($(pcachectl stats demo --json | jq '.stats.extents') * 48 / 1048576))
[ "$most" -le $((512 + index_mib)) ] || fail "the target takes $most MiB, of which the index is at most $index_mib"
pcachectl remove demo
nothing_left
no_kernel_complaints
