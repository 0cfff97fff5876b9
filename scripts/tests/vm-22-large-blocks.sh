#!/usr/bin/env bash
# A cache disk with blocks of 4096 bytes, before a disk with blocks of 512: fio verifies, over kills and an activation.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/guest.sh"
require jq=jq fio=fio || skip "the tools are not there"
in_guest --memory 2G --unsafe-drive cache=cache:544M --block-size cache=4096 --unsafe-drive backing=backing:512M

kills=5
if quick; then kills=1; fi
cache=$(realpath /dev/vm/cache) backing=$(realpath /dev/vm/backing)

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
  nothing_left
done
no_kernel_complaints
