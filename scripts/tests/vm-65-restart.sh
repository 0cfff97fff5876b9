#!/usr/bin/env bash
# pcachectl restart under a mounted file system that fio writes to: another process, another Java, and nobody notices.
#   vm-65-restart.sh [ROUNDS]    4 unless given; 2 with PCACHE_QUICK=1
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/guest.sh"
require jq=jq fio=fio mkfs.ext4=e2fsprogs || skip "the tools are not there"
inside || { guest_files; boot --memory 3G --unsafe-drive cache=cache:544M --unsafe-drive backing=backing:512M -- "$@"; exit; }
guest_setup

rounds=4
if quick; then rounds=2; fi
rounds=${1:-$rounds}
pcachectl create demo --table "$(table "$(($(blockdev --getsize64 /dev/vm/backing) / 512))" "$(realpath /dev/vm/cache)" \
  "$(realpath /dev/vm/backing)")"
device=$(path demo)
mkdir "$work/mounted"
mkfs.ext4 -q "$device"
mount "$device" "$work/mounted"

fio --name=verify --directory="$work/mounted" --ioengine=libaio --direct=1 --rw=randwrite --bsrange=4k-64k --iodepth=16 --size=96M --loops=1000 \
  --verify=crc32c --verify_fatal=1 --verify_state_save=0 --verify_backlog=256 --fsync=100 --trigger-file="$work/stop" --output="$work/fio" &
load=$!

running() { kill -0 "$load" 2>/dev/null || { tail -n 40 "$work/fio"; fail "fio ended $1"; }; }

newest=
for jdk in /usr/lib/jvm/*-25-*; do [ ! -x "$jdk/bin/java" ] || newest=$jdk; done
pid=$(target_pid demo)
for ((round = 1; round <= rounds; round++)); do
  await_requests "$device" 300 "$load"
  running "before restart $round"
  # Every other time with the newest Java, if there is one: this stands for an upgrade.
  if [ $((round % 2)) = 1 ] && [ -n "$newest" ]; then
    PCACHE_JAVA_HOME=$newest pcachectl restart demo --wait 120
  else
    pcachectl restart demo
  fi
  next=$(target_pid demo)
  [ "$next" != "$pid" ] || fail "the target is still process $pid"
  ! kill -0 "$pid" 2>/dev/null || fail "the old target, process $pid, is still there"
  pid=$next
  equal "device after restart" "$device" "$(path demo)"
  echo "restarted: $(grep -o 'Java .*' "$PCACHE_RUN_DIR/demo/log" | tail -n 1)"
done
await_requests "$device" 300 "$load"
running "after the last restart"
touch "$work/stop"
wait "$load" || { tail -n 60 "$work/fio"; fail "fio saw an error"; }
umount "$work/mounted"
e2fsck -fn "$device" >"$work/fsck" 2>&1 || { cat "$work/fsck"; fail "ext4 is damaged"; }

# A restart also works where the target and its supervisor have died.
kill -9 "$(cut -d ' ' -f 1 "$PCACHE_RUN_DIR/demo/supervisor")"
kill_target demo
pcachectl restart demo
equal "device after the death of both" "$device" "$(path demo)"
e2fsck -fn "$device" >"$work/fsck" 2>&1 || { cat "$work/fsck"; fail "ext4 is damaged"; }
pcachectl remove demo
nothing_left
no_kernel_complaints
