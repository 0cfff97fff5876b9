#!/usr/bin/env bash
# A target's heap, log, disks or cache file fail while it works: it says what is wrong, and gives no wrong data.
# The heap is exhausted; the disk of the log, of the backing file or of the cache file is full; the cache file is cut
# short. The target stops or goes on.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/testing.sh"
require jq=jq nbdcopy=libnbd-bin nbdinfo=libnbd-bin || skip "the tools are not there"
workspace

cache=$(sparse cache 544M)
head -c 64M /dev/urandom > "$work/data"
sha=$(sha256sum < "$work/data" | cut -d' ' -f1)
contents() { nbdcopy -- "$(uri demo)" - | head -c 64M | sha256sum | cut -d' ' -f1; }
# until DESCRIPTION COMMAND...: waits for an event that comes by itself, for at most a minute.
until_true() {
  local what=$1 end=$((SECONDS + 60))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || fail "not within a minute: $what"
    read -rt 0.1 <> <(:) || true
  done
}

echo "heap exhausted: the target ends, and another takes its place, with what was flushed"
if command -v javac jar jcmd >/dev/null; then
  mkdir "$work/agent"
  javac -d "$work/agent" "$lib/OutOfMemory.java"
  printf 'Agent-Class: OutOfMemory\n' > "$work/manifest"
  jar -cfm "$work/agent.jar" "$work/manifest" -C "$work/agent" .
  backing=$(sparse backing 1G)
  line=$(table "$(sectors "$backing")" "$cache" "$backing")
  pcachectl create demo --table "$line"
  nbdcopy --flush "$work/data" "$(uri demo)"
  pid=$(target_pid demo)
  jcmd "$pid" JVMTI.agent_load "$work/agent.jar" >/dev/null 2>&1 || true
  await_end "$pid"
  equal "contents after OutOfMemoryError" "$sha" "$(contents)"
  pcachectl remove demo
else
  note "not tested, no JDK: the heap exhausted"
fi

echo "the cache file is cut short, on a disk and in memory: what is read is right, or an error; writes fail"
in_memory=$(mktemp /dev/shm/pcache-XXXXXX)
temporary+=("$in_memory")
for file in "$work/cache" "$in_memory"; do
  rm -f "$work/cache" "$work/backing"
  truncate -s 544M "$file"
  backing=$(sparse backing 1G)
  pcachectl create demo --table "$(table "$(sectors "$backing")" "$file" "$backing" false)"
  nbdcopy --flush "$work/data" "$(uri demo)"
  pid=$(target_pid demo) uri=$(uri demo)
  truncate -s 32M "$file"
  if nbdcopy "$uri" "$work/read" 2>/dev/null; then
    equal "contents read from a cache file cut short" "$sha" "$(head -c 64M "$work/read" | sha256sum | cut -d' ' -f1)"
  fi
  ! nbdcopy --flush "$work/data" "$uri" 2>/dev/null || fail "a write to a cache file cut short succeeded"
  if nbdcopy "$uri" "$work/read" 2>/dev/null; then
    equal "contents read after a write that failed" "$sha" "$(head -c 64M "$work/read" | sha256sum | cut -d' ' -f1)"
  fi
  # Some JDKs tell of a missing page too late for the request. The target then ends itself, perhaps during its removal,
  # and no other target comes up.
  pcachectl remove demo 2>/dev/null || { await_end "$pid"; pcachectl remove demo; }
  await_end "$pid"
  equal "devices left" "" "$(device_names)"
done
rm -f "$work/read" "$in_memory"

[ "$(id -u)" = 0 ] && mkdir "$work/small" && mount -t tmpfs -o size=96m small "$work/small" 2>/dev/null || skip "the rest needs to mount a tmpfs"
unmount() { umount -l "$work/small" 2>/dev/null || true; }
trap 'status=$?; set +e; unmount; (exit "$status"); leave_workspace' EXIT

echo "the disk of the backing file is full: dirty data stays in the cache, is said, and goes out when there is room"
rm -f "$work/cache" "$work/backing"
cache=$(sparse cache 544M)
truncate -s 1G "$work/small/backing"
line=$(table $((2 << 20)) "$cache" "$work/small/backing")
head -c 80M /dev/zero > "$work/small/ballast"
pcachectl create demo --table "$line"
nbdcopy --flush "$work/data" "$(uri demo)"
problem() { pcachectl status demo --json | jq -e '.problems[0]' >/dev/null; }
until_true "write-back's problem is told" problem
equal "contents while write-back stands still" "$sha" "$(contents)"
rm "$work/small/ballast"
pcachectl message demo 0 writeback
clean() { [ "$(head -c 64M "$work/small/backing" | sha256sum | cut -d' ' -f1)" = "$sha" ]; }
until_true "all is written back once there is room" clean
pcachectl remove demo
rm "$work/small/backing"

echo "the disk of the cache file is full: a sparse cache file is refused as it is; with room it is filled, and a full disk does no harm"
backing=$(sparse backing 1G)
small=$work/small/cache
for size in 96M 700M; do
  mount -o "remount,size=$size" "$work/small"
  truncate -s 544M "$small"
  [ "$size" = 96M ] || head -c 300M /dev/zero > "$work/small/ballast"
  line=$(table "$(sectors "$backing")" "$small" "$backing")
  refused "pcache: the cache file $small has holes, and its file system has no room to fill them (needs 570425344 bytes) (-ENOSPC)" \
    pcachectl create demo --table "$line"
  equal "blocks of the refused cache file" 0 "$(stat -c %b "$small")"
  equal "devices left" "" "$(device_names)"
  rm -f "$work/small/ballast"
done
pcachectl create demo --table "$line"
equal "blocks of the cache file" $((544 << 11)) "$(stat -c %b "$small")"
head -c 700M /dev/zero > "$work/small/ballast" 2>/dev/null && fail "the disk is not full"
nbdcopy --flush "$work/data" "$(uri demo)"
equal "contents on a full disk" "$sha" "$(contents)"
kill_target demo
equal "contents on a full disk after a kill" "$sha" "$(contents)"
pcachectl remove demo
rm "$small" "$work/small/ballast" "$work/backing"
mount -o remount,size=96m "$work/small"

echo "the disk of the log is full: I/O and control go on"
mkdir "$work/small/run"
export PCACHE_RUN_DIR=$work/small/run
rm -f "$work/cache"
cache=$(sparse cache 544M) backing=$(sparse backing 1G)
pcachectl create demo --table "$(table "$(sectors "$backing")" "$cache" "$backing")"
head -c 96M /dev/zero > "$work/small/ballast" 2>/dev/null || true
for ((i = 0; i < 50; i++)); do
  pcachectl suspend demo
  pcachectl resume demo
done
nbdcopy --flush "$work/data" "$(uri demo)"
equal "contents while the log cannot be written" "$sha" "$(contents)"
pcachectl status demo
rm "$work/small/ballast"
pcachectl remove demo
equal "devices left" "" "$(device_names)"
