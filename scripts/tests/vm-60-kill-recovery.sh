#!/usr/bin/env bash
# The target is killed again and again under fio: it comes back on the same device, and fio sees a pause but no error.
#   vm-60-kill-recovery.sh [ROUNDS]    20 unless given; 5 with PCACHE_QUICK=1
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/guest.sh"
require jq=jq fio=fio || skip "the tools are not there"
inside || { guest_files; boot --memory 3G --timeout 1500 --unsafe-drive cache=cache:544M --unsafe-drive backing=backing:768M -- "$@"; exit; }
guest_setup

rounds=20
if quick; then rounds=5; fi
rounds=${1:-$rounds}
line=$(table "$(($(blockdev --getsize64 /dev/vm/backing) / 512))" "$(realpath /dev/vm/cache)" "$(realpath /dev/vm/backing)")
pcachectl create demo --table "$line"
device=$(path demo)
by_direct_io demo

# Runs until it is told to end: fio verifies as it goes, and verifies all at the end.
fio --name=verify --filename="$device" --ioengine=libaio --direct=1 --rw=randwrite --bsrange=4k-64k --iodepth=32 --numjobs=2 \
  --size=256M --offset_increment=256M --time_based --runtime=3600 --verify=crc32c --verify_fatal=1 --verify_state_save=0 --verify_backlog=512 \
  --fsync=100 --group_reporting --status-interval=1 --output-format=json --trigger-file="$work/stop" --output="$work/fio" &
load=$!

pid=$(target_pid demo)
for ((round = 1; round <= rounds; round++)); do
  # The kill comes with requests in flight, after some requests have gone through.
  await_requests "$device" $((200 + RANDOM % 500)) "$load"
  kill -9 "$pid" || fail "round $round: process $pid had ended by itself"
  pid=$(await_successor "$pid")
  echo "round $round: process $pid"
done
await_requests "$device" 200 "$load"
equal "device after recovery" "$device" "$(path demo)"
equal "process that serves it" "$pid" "$(target_pid demo)"
by_direct_io demo
touch "$work/stop"
wait "$load" || { tail -n 60 "$work/fio"; fail "fio saw an error"; }
echo "$rounds rounds, $(completed "$device") requests, no error"
pcachectl remove demo
nothing_left
no_kernel_complaints
