#!/usr/bin/env bash
# Persistent memory goes bad under a cache on a DAX file, by machine checks: the cache avoids bad places.
# After a machine check, the kernel lists bad blocks, and fails accesses to them. New data goes elsewhere, data that the
# backing device has is read from there, the log leaves its segment, and the target lives. Then the clock jumps, and the
# file is cut short.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/guest.sh"
. "$lib/bad-memory.sh"
require jq=jq mkfs.ext4=e2fsprogs filefrag=e2fsprogs || skip "the tools are not there"
in_guest --memory 2G --timeout 900 --pmem memory=memory:640M --unsafe-drive backing=backing:512M
bad_memory_setup

readonly MIB=$((1 << 20))
mkdir -p /tmp/around
mkfs.ext4 -q -b 4096 /dev/vm/memory
mount -o dax=always /dev/vm/memory /tmp/around
cache=/tmp/around/cache
# Not by fallocate: allocated blocks that were never written read as zeros, whatever the memory is like.
dd if=/dev/zero of="$cache" bs=1M count=544 conv=fsync status=none
pmem=$(basename "$(realpath /dev/vm/memory)")
backing=$(realpath /dev/vm/backing)
line=$(table "$(blockdev --getsz "$backing")" "$cache" "$backing" false)

# poison BYTE-OF-FILE NUMBER: makes the page go bad; the kernel then lists NUMBER bad ranges.
poison() {
  local block=$(($1 / 4096)) physical
  physical=$(filefrag -v "$cache" | awk -v b="$block" '/^ *[0-9]+:/ { gsub(/[.:]+/, " "); if ($2 <= b && b <= $3) printf "%d", $4 + b - $2 }')
  [ -n "$physical" ] || fail "no place of byte $1"
  machine_check "/sys/block/$pmem/badblocks" "$2" $(($(cat "/sys/block/$pmem/device/resource") + physical * 4096))
}
written() { dd if="$work/$1" of="$device" bs=1M seek="$2" oflag=direct conv=fsync status=none; } # FILE MIB
readable() { dd if="$device" of="$work/read" bs=1M skip="$2" count=32 iflag=direct status=none && cmp "$work/read" "$work/$1" || fail "$3"; }
clean() {
  local i
  for ((i = 0; i < 600; i++)); do
    ! pcachectl stats demo --json | jq -e '.stats.clean | select(.)' >/dev/null || return 0
    sleep 0.1
  done
  fail "$1: not written back within a minute"
}

head -c 32M /dev/urandom > "$work/first"
head -c 32M /dev/urandom > "$work/second"
pcachectl create demo --table "$line"
device=$(path demo)
pid=$(target_pid demo)
grep -A 30 -F "$cache" "/proc/$pid/smaps" | grep -q '^VmFlags:.* sf' || fail "the cache is not mapped with MAP_SYNC"
written first 0

echo "== a free segment has a bad block"
poison "$(place 12 $MIB)" 1
cat "/sys/block/$pmem/badblocks"
! dd if="$cache" of=/dev/null bs=4096 skip=$(($(place 12 $MIB) / 4096)) count=1 status=none 2>/dev/null || fail "the kernel reads a bad block"
for ((at = 64; at < 448; at += 32)); do written second "$at"; done
for ((at = 64; at < 448; at += 32)); do readable second "$at" "written beside a bad block"; done
said "segment 12 is not used any more"
equal "the target" "$pid" "$(target_pid demo)"

echo "== data that was written back has one"
pcachectl message demo 0 writeback
clean "all"
poison "$(place 1 0)" 2
readable first 0 "bad in the cache, good on the backing device"
equal "the target" "$pid" "$(target_pid demo)"

echo "== the log has one ahead"
poison "$(place 0 $((15 * MIB)))" 3
pcachectl remove demo
pcachectl create demo --table "$line"
device=$(path demo)
pid=$(target_pid demo)
said "the log leaves segment 0 early"
written second 0
readable second 0 "written with the log in another segment"
pcachectl remove demo
pcachectl create demo --table "$line"
device=$(path demo)
pid=$(target_pid demo)
readable second 0 "after the log went on elsewhere"

echo "== the clock jumps"
now=$(date +%s)
for to in $((now - 400000000)) $((now + 400000000)) "$now"; do
  date -s "@$to" >/dev/null
  written first 448
  readable first 448 "at $to"
  clean "at $to"
done
equal "the target" "$pid" "$(target_pid demo)"

echo "== the file is cut short"
truncate -s 300M "$cache"
for ((at = 64; at < 448; at += 32)); do written first "$at" 2>/dev/null || true; done
for ((at = 0; at < 448; at += 32)); do
  dd if="$device" of="$work/read" bs=1M skip="$at" count=32 iflag=direct status=none 2>/dev/null || continue
  cmp -s "$work/read" "$work/first" || cmp -s "$work/read" "$work/second" || note "MiB $at to $((at + 31)) are of both"
done
equal "the target" "$pid" "$(target_pid demo)"
pcachectl status demo
pcachectl remove demo || pcachectl remove --force demo
nothing_left
! dmesg | grep -E 'WARNING:|BUG:|Oops|Call Trace|blocked for more than' || fail "the kernel has complained"
