#!/usr/bin/env bash
# A device comes back after a restart that fails or is killed, SIGTERM, a dead supervisor, a full run directory.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/guest.sh"
require jq=jq mkfs.ext4=e2fsprogs || skip "the tools are not there"
inside || { guest_files; boot --timeout 1800 --memory 3G --unsafe-drive cache=cache:544M --unsafe-drive backing=backing:512M -- "$@"; exit; }
guest_setup

line=$(table "$(($(blockdev --getsize64 /dev/vm/backing) / 512))" "$(realpath /dev/vm/cache)" "$(realpath /dev/vm/backing)")
pcachectl create demo --table "$line"
device=$(path demo)
mkdir "$work/mounted"
mkfs.ext4 -q "$device"
mount "$device" "$work/mounted"
pid=$(target_process)

# Checks that the file system on the device works, and the device itself.
works() {
  echo "works: $1"
  head -c 1M /dev/urandom > "$work/mounted/$1"
  sync -f "$work/mounted"
  dd if="$device" of=/dev/null bs=1M count=4 iflag=direct status=none || fail "no reads $1"
}

# A reason for failure is found while the old target serves.
PCACHE_JAVA_HOME=/nonexistent refused "there is no /nonexistent/bin/java" pcachectl restart demo
PCACHE_TARGET_OPTS=-XX:NoSuchFlag refused "NoSuchFlag" pcachectl restart demo
sysctl -qw kernel.io_uring_disabled=2
refused "kernel.io_uring_disabled" pcachectl restart demo
sysctl -qw kernel.io_uring_disabled=0
equal "the target after restarts that were refused" "$pid" "$(target_process)"
# If the new target fails all the same, a target like the old one goes on.
mkdir -p "$work/java/bin"
printf '#!/bin/sh\nfor last; do :; done\n[ "$last" = --probe ] || { echo "this one does not start" >&2; exit 1; }\nexec java "$@"\n' > "$work/java/bin/java"
chmod +x "$work/java/bin/java"
PCACHE_JAVA_HOME="$work/java" refused "this one does not start" pcachectl restart demo
pid=$(await_successor "$pid")
works "after a restart that failed"
# After the old target has left, no command is needed any more.
"$tree/scripts/pcachectl" restart demo &
restart=$!
await_end "$pid"
# The start script has become the JVM.
kill -9 "$restart"
wait "$restart" || true
pid=$(await_successor "$pid")
works "after the death of pcachectl restart"
# A signal does not end a device in use.
kill -TERM "$pid"
kill -INT "$pid"
works "after SIGTERM of the target"
equal "the target after SIGTERM" "$pid" "$(target_process)"
grep -q 'SIGTERM is ignored, the device is open' "$PCACHE_RUN_DIR/demo/log" || fail "the log does not tell of SIGTERM"
umount "$work/mounted"

# The target and its supervisor have died: every command says so, and says what to do.
orphan() {
  kill -9 "$(cut -d ' ' -f 1 "$PCACHE_RUN_DIR/demo/supervisor")"
  pid=$(target_process)
  kill -9 "$pid"
  await_end "$pid"
}
orphan
dead='demo: its target has died; "pcachectl restart demo" brings it back'
for verb in ls info status remove_all; do
  refused "$dead" pcachectl "$verb"
done
refused "$dead" pcachectl info demo
refused "device $dead" pcachectl create other --table "$line"
pcachectl restart demo
equal "device after the death of both" "$device" "$(path demo)"
equal "memory score of the target" -900 "$(cat "/proc/$(target_process)/oom_score_adj")"
e2fsck -fn "$device" >"$work/fsck" 2>&1 || { cat "$work/fsck"; fail "ext4 is damaged"; }
orphan
pcachectl remove demo
nothing_left

# Where the run directory is full, a change that a successor would have to know of is not made.
export PCACHE_RUN_DIR=$work/run
mkdir -m 700 "$PCACHE_RUN_DIR"
mount -t tmpfs -o size=4m,mode=700 run "$PCACHE_RUN_DIR"
pcachectl create demo --table "$line"
dd if=/dev/zero of="$PCACHE_RUN_DIR/ballast" bs=4k 2>/dev/null || true
refused "No space left on device" pcachectl suspend demo
refused "No space left on device" pcachectl rename demo other
dd if="$device" of=/dev/null bs=1M count=4 iflag=direct status=none
pid=$(target_process)
kill -9 "$pid"
await_successor "$pid" >/dev/null
dd if="$device" of=/dev/null bs=1M count=4 iflag=direct status=none
rm "$PCACHE_RUN_DIR/ballast"
# Nobody has the device open: SIGTERM removes the device.
pid=$(target_process)
kill -TERM "$pid"
await_end "$pid"
nothing_left
umount "$PCACHE_RUN_DIR"
no_kernel_complaints
