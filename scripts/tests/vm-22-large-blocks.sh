#!/usr/bin/env bash
# A cache disk with blocks of 4096 bytes, before a disk with blocks of 512: fio verifies, over kills and an activation.
# Then the cache disk becomes slow: while the target waits for it, no thread of the target spins.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/guest.sh"
require jq=jq fio=fio dmsetup=dmsetup || skip "the tools are not there"
in_guest --memory 2G --unsafe-drive cache=cache:544M --block-size cache=4096 --unsafe-drive backing=backing:512M
modprobe -a dm-mod dm-delay

kills=5
if quick; then kills=1; fi
disk=$(realpath /dev/vm/cache) backing=$(realpath /dev/vm/backing)

cache=/dev/mapper/slow
# delays READ WRITE: a device that passes all to the cache disk, and lets each wait for so many ms.
delays() { echo "0 $(blockdev --getsz "$disk") delay $disk 0 $1 $disk 0 $2"; }
takes() {
  dmsetup suspend --noflush --nolockfs slow
  dmsetup load slow --table "$(delays "$@")"
  dmsetup resume slow
}
dmsetup create slow --table "$(delays 0 0)"
dmsetup mknodes
equal "block of the cache disk" 4096 "$(blockdev --getss "$cache")"
equal "block of the backing disk" 512 "$(blockdev --getss "$backing")"

created() { # true|false
  pcachectl create demo --table "$(table "$(blockdev --getsz "$backing")" "$cache" "$backing" "$1")"
  device=$(path demo)
  by_direct_io demo
  equal "block of the device" 512 "$(blockdev --getss "$device")"
}
checked() {
  pcachectl check "$cache" > "$work/checked" || fail "$1, check finds: $(cat "$work/checked")"
}
verify() { # OPTION...: half of the requests have 512 bytes, the others 4096
  fio --name=verify --filename="$device" --ioengine=libaio --direct=1 --rw=randwrite --bssplit=512/50:4k/50 --iodepth=32 \
    --verify=crc32c --verify_fatal=1 --verify_state_save=0 --fsync=200 --output="$work/fio" "$@"
}

for data_crc in true false; do
  echo "== data_crc $data_crc"
  dd if=/dev/zero of="$cache" bs=1M count=1 oflag=direct status=none
  created "$data_crc"
  verify --size=64M --time_based --runtime=3600 --verify_backlog=512 --trigger-file="$work/stop" &
  load=$!
  pid=$(target_process)
  for ((round = 1; round <= kills; round++)); do
    await_requests "$device" $((500 + RANDOM % 500)) "$load"
    kill -9 "$pid" || fail "kill $round: process $pid had ended by itself"
    pid=$(await_successor "$pid")
  done
  await_requests "$device" 200 "$load"
  touch "$work/stop"
  wait "$load" || { tail -n 60 "$work/fio"; fail "fio saw an error"; }
  rm -f "$work/stop"
  echo "$kills kills, $(completed "$device") requests, no error"

  verify --offset=128M --size=4M --do_verify=0 || { tail -n 60 "$work/fio"; fail "fio"; }
  by_direct_io demo
  pcachectl remove demo
  checked "after remove"
  created "$data_crc"
  verify --offset=128M --size=4M --verify_only || { tail -n 60 "$work/fio"; fail "something else is read after another activation"; }
  pcachectl remove demo
  checked "at the end"
done

echo "== the cache disk takes 15 s"
created false
head -c 4096 /dev/urandom > "$work/data"
dd if="$work/data" of="$device" bs=4k seek=1 oflag=direct status=none
pid=$(target_process)
inflight=/sys/block/${device##*/}/inflight
ticks() { awk '{print $14 + $15}' "/proc/$pid/stat"; }
now() { awk '{printf "%d", $1 * 100}' /proc/uptime; }
# A program makes one transfer. The wait begins when this column of the device's requests in flight shows the transfer;
# dm-delay counts what waits only afterwards.
waits() { # WHAT COLUMN COMMAND...
  local what=$1 column=$2 child begin used
  shift 2
  "$@" &
  child=$!
  until [ "$(awk -v c="$column" '{print $c}' "$inflight")" -gt 0 ]; do
    kill -0 "$child" 2>/dev/null || fail "the $what did not wait"
    sleep 0.05
  done
  begin=$(now) used=$(ticks)
  wait "$child" || fail "the $what failed"
  begin=$(($(now) - begin)) used=$(($(ticks) - used))
  echo "$what: the target took $used of $begin ticks"
  [ "$begin" -ge 1000 ] || fail "the disk took only $begin ticks"
  # A thread that spins takes all. A quarter is for an emulated machine, whose compiler may still be at work.
  [ $((used * 4)) -lt "$begin" ] || fail "the target took $used of $begin ticks while the disk was waited for"
}
takes 15000 0
waits read 1 dd if="$device" of="$work/read" bs=4k skip=1 count=1 iflag=direct status=none
cmp "$work/data" "$work/read" || fail "something else is read than was written"
takes 0 15000
waits write 2 dd if="$work/data" of="$device" bs=4k seek=2 oflag=direct status=none
takes 0 0
pcachectl remove demo
checked "after slow transfers"
dmsetup remove slow
nothing_left
no_kernel_complaints
