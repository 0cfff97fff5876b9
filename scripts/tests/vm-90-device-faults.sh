#!/usr/bin/env bash
# The backing device and the cache device fail under load, by device mapper's error and flakey targets.
# Cached data stays readable. Dirty data is kept, and is written back when the backing device works again. Nothing needs
# a restart. A failed cache device gives errors, never wrong data.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/guest.sh"
require jq=jq fio=fio dmsetup=dmsetup || skip "the tools are not there"
in_guest --memory 2G --timeout 900 --unsafe-drive cache=cache:544M --unsafe-drive backing=backing:512M
modprobe -a dm-mod dm-flakey

# fault NAME DEVICE: makes a device that passes all through until "becomes" makes it fail.
sectors_of() { blockdev --getsz "$1"; }
linear() { echo "0 $(sectors_of "$1") linear $1 0"; }
failing() { echo "0 $(sectors_of "$1") error"; }
# Fails writes for 2 of every 4 seconds.
flakey_writes() { echo "0 $(sectors_of "$1") flakey $1 0 2 2 1 error_writes"; }
becomes() { # NAME TABLE
  dmsetup suspend --noflush --nolockfs "$1"
  dmsetup load "$1" --table "$2"
  dmsetup resume "$1"
}
backing=$(realpath /dev/vm/backing) cache=$(realpath /dev/vm/cache)
dmsetup create weak-backing --table "$(linear "$backing")"
dmsetup create weak-cache --table "$(linear "$cache")"
dmsetup mknodes

stat_of() { pcachectl stats demo --json | jq -e ".stats.$1"; }
# until_true WHAT COMMAND...: waits for an event that comes by itself, for at most two minutes of a slow machine.
until_true() {
  local what=$1 end=$((SECONDS + 120))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || fail "not within two minutes: $what"
    read -rt 0.5 <> <(:) || true
  done
}
readable() { # OFFSET-MIB MIB
  dd if="$device" of="$work/read" bs=1M skip="$1" count="$2" iflag=direct status=none
}
same() { cmp "$work/read" "$work/$1" >/dev/null || fail "$2: the data is not what was written"; }

head -c 32M /dev/urandom > "$work/first"
head -c 32M /dev/urandom > "$work/second"
line=$(table "$(sectors_of "$backing")" /dev/mapper/weak-cache /dev/mapper/weak-backing)
pcachectl create demo --table "$line"
device=$(path demo)
pid=$(target_pid demo)

echo "== the backing device fails"
dd if="$work/first" of="$device" bs=1M oflag=direct conv=fsync status=none
becomes weak-backing "$(failing "$backing")"
dd if="$work/second" of="$device" bs=1M seek=64 oflag=direct conv=fsync status=none
readable 0 32
same first "cached before the failure"
readable 64 32
same second "written after the failure"
if readable 256 1 2>/dev/null; then fail "a range that only the failed backing device has was read"; fi
until_true "the problem is told" stat_of writeBackProblem
stat_of writeBackProblem

echo "== and is well again, without a restart"
becomes weak-backing "$(linear "$backing")"
pcachectl message demo 0 writeback
until_true "all is written back" stat_of 'clean | select(.)'
if stat_of writeBackProblem >/dev/null; then fail "the problem is still told"; fi
readable 256 1
equal "the target" "$pid" "$(target_pid demo)"
dd if="$backing" of="$work/read" bs=1M skip=64 count=32 iflag=direct status=none
same second "on the backing device"

echo "== writes to the backing device fail half of the time, under load"
becomes weak-backing "$(flakey_writes "$backing")"
fio --name=verify --filename="$device" --ioengine=libaio --direct=1 --rw=randwrite --bsrange=4k-64k --iodepth=16 --offset=128M --size=96M \
  --verify=crc32c --verify_fatal=1 --verify_state_save=0 --fsync=50 --output="$work/fio" || { tail -n 40 "$work/fio"; fail "fio saw an error"; }
becomes weak-backing "$(linear "$backing")"
pcachectl message demo 0 writeback
until_true "all is written back" stat_of 'clean | select(.)'
equal "the target" "$pid" "$(target_pid demo)"

flushed_is_there() {
  readable 300 32
  same first "flushed before the cache device failed"
  fio --name=verify --filename="$device" --ioengine=libaio --direct=1 --rw=randwrite --bsrange=4k-64k --iodepth=16 --offset=128M --size=96M \
    --verify=crc32c --verify_only --verify_state_save=0 --output="$work/fio" || { tail -n 40 "$work/fio"; fail "fio's data is not there"; }
}
cache_fails() {
  dd if="$work/first" of="$device" bs=1M seek=300 oflag=direct conv=fsync status=none
  becomes weak-cache "$(failing "$cache")"
  if dd if="$work/second" of="$device" bs=1M seek=340 oflag=direct conv=fsync status=none 2>/dev/null; then fail "a flush was acknowledged by a failed cache device"; fi
  equal "the target" "$pid" "$(target_pid demo)"
  pcachectl status demo
  becomes weak-cache "$(linear "$cache")"
}

echo "== the cache device fails"
cache_fails
# The writes themselves were told that they failed: nothing that was acknowledged is in doubt.
pcachectl remove demo
pcachectl create demo --cache-io buffered --table "$line"
device=$(path demo)
pid=$(target_pid demo)
flushed_is_there

echo "== the cache device fails behind the page cache"
cache_fails
# Nobody knows whether the content of the page cache is gone: only flushed data counts.
refused "remove --force" pcachectl remove demo
pcachectl remove --force demo
pcachectl create demo --table "$line"
device=$(path demo)
flushed_is_there
pcachectl remove demo
dmsetup remove weak-cache
dmsetup remove weak-backing
nothing_left
! dmesg | grep -E 'WARNING:|BUG:|Oops|Call Trace|blocked for more than' || fail "the kernel has complained"
