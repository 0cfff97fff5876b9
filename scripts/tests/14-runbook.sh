#!/usr/bin/env bash
# The commands of pcache-runbook(7), one after the other as they stand there, each in the situation that it is for.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/testing.sh"
require jq=jq nbdcopy=libnbd-bin /usr/bin/python3=python3-minimal /usr/lib/python3/dist-packages/nbd.py=python3-libnbd || skip "the tools are not there"
workspace

page=$tree/man/pcache-runbook.7
# NBD also on a machine with ublk.
pcachectl() {
  if [ "$1" = create ]; then set -- "$@" --frontend nbd; fi
  "$tree/scripts/pcachectl" "$@"
}
: > "$work/done"

# block SECTION NUMBER: the commands of a section's block, as the manual shows them.
block() {
  awk -v section="$1" -v number="$2" '
    /^\.SH / { title = substr($0, 5); count = 0 }
    /^\.EX/ { count++; inside = title == section && count == number; next }
    /^\.EE/ { inside = 0 }
    inside' "$page" | sed 's/\\-/-/g; s/\\e/\\/g'
}

# run SECTION NUMBER [STATUS]: runs a block, and compares STATUS with the status of the last command. The output is in
# $work/said.
run() {
  local commands status=0
  commands=$(block "$1" "$2")
  [ -n "$commands" ] || fail "the manual has no block $2 in $1"
  echo "$1 $2" >> "$work/done"
  (set -euo pipefail; cd "$work"; eval "$commands") > "$work/said" 2>&1 || status=$?
  [ "$status" = "${3:-0}" ] || fail "$1, block $2: status $status, expected ${3:-0}: $(cat "$work/said")"
}

said() { grep -qE "$1" "$work/said" || fail "expected '$1' in: $(cat "$work/said")"; }

# What the commands are given: a device of this name, and files for the devices.
# shellcheck disable=SC2034 # used by the manual's commands
NAME=demo OPTIONS="4 cache_mode writeback data_crc true"
SECTORS=$((64 << 11))
# shellcheck disable=SC2034
begin() {
  CACHE=$(sparse "cache$1" 544M) NEW_CACHE=$(sparse "new-cache$1" 544M) BACKING=${2:-$(sparse "backing$1" 64M)} NEW_BACKING=$(sparse "new-backing$1" 64M)
}
create() { pcachectl create "$NAME" --table "0 $SECTORS pcache $CACHE $BACKING $OPTIONS" 2> "$work/said" || { cat "$work/said" >&2; return 1; }; }
remove_files() { rm -f "$CACHE" "$NEW_CACHE" "$BACKING" "$NEW_BACKING"; }
remove() { pcachectl remove "$NAME"; remove_files; }
kill_for_good() { # kills the target, and the supervisor, which would start another target
  local pid
  pid=$(target_pid "$NAME")
  kill -9 "$(cut -d ' ' -f 1 "$PCACHE_RUN_DIR/$NAME/supervisor")"
  kill -9 "$pid"
  await_end "$pid"
}
fill() { nbdcopy --flush "$work/data" "$(uri "$NAME")"; }
holds() { cmp -n "$(stat -c %s "$work/data")" "$work/data" "$1" || fail "$1 does not have the data"; }
await_status() { # TEXT: waits until status has the text; with "!" in front, until status has it no more
  local deadline=$((SECONDS + 60))
  until if [ "${1#!}" = "$1" ]; then pcachectl status "$NAME" --json | grep -q "$1"; else ! pcachectl status "$NAME" --json | grep -q "${1#!}"; fi; do
    [ "$SECONDS" -lt "$deadline" ] || fail "status, after a minute: $(pcachectl status "$NAME" --json)"
    sleep 0.2
  done
}
# A client that has the device open until "leave".
enter() {
  mkfifo "$work/leave"
  /usr/bin/python3 -c 'import nbd, sys
h = nbd.NBD(); h.connect_uri(sys.argv[1]); print("connected", flush=True); sys.stdin.read()' "$(uri "$NAME")" < "$work/leave" > "$work/client" &
  client=$!
  exec 8> "$work/leave"
  until grep -qs connected "$work/client"; do read -rt 0.01 <> <(:) || true; done
}
leave() {
  exec 8>&-
  wait "$client"
  rm "$work/leave"
}
head -c 24M /dev/urandom > "$work/data"
# Where there is no ddrescue, a device without errors is copied otherwise.
require ddrescue=gddrescue 2>/dev/null || ddrescue() { cp --sparse=always "$1" "$2"; }

# A backing device with a file system that has no room: data stays dirty until there is room.
mkdir "$work/small"
if mount -t tmpfs -o size=8M pcache-small "$work/small" 2>/dev/null; then small=yes; else small=no; fi
trap 'status=$?; set +e; umount -l "$work/small" 2>/dev/null; (exit "$status"); leave_workspace' EXIT

if [ "$small" = yes ]; then
  echo "the cache device has failed"
  truncate -s 64M "$work/small/backing"
  begin 1 "$work/small/backing"
  create
  fill
  await_status "stands still"
  section="THE CACHE DEVICE HAS FAILED"
  enter
  run "$section" 2 1
  said "Device or resource busy"
  equal "the table of a device that was removed by force and is open" error "$(pcachectl table "$NAME" | cut -d' ' -f3)"
  # The superblock is damaged.
  printf '\245' | dd of="$CACHE" bs=1 seek=4096 conv=notrunc status=none
  run "$section" 4
  CACHE=$work/cache.copy
  run "$section" 5
  said '2[0-9]\.?[0-9]* MiB|2[0-9]{7} bytes'
  run "$section" 6 1
  mount -o remount,size=128M "$work/small"
  run "$section" 7
  holds "$BACKING"
  refused "a device of this name exists" pcachectl create "$NAME" --table "0 $SECTORS pcache $NEW_CACHE $BACKING $OPTIONS"
  leave
  run "$section" 3
  run "$section" 8
  remove

  echo "the backing device has failed, and comes back"
  mount -o remount,size=8M "$work/small"
  truncate -s 64M "$work/small/backing"
  begin 2 "$work/small/backing"
  create
  fill
  await_status "stands still"
  mount -o remount,size=128M "$work/small"
  run "THE BACKING DEVICE HAS FAILED" 1
  await_status '!stands still'
  remove

  echo "the backing device has failed, and is replaced"
  mount -o remount,size=8M "$work/small"
  truncate -s 64M "$work/small/backing"
  begin 3 "$work/small/backing"
  create
  fill
  await_status "stands still"
  section="THE BACKING DEVICE HAS FAILED"
  for number in 2 3; do run "$section" "$number"; done
  holds "$NEW_BACKING"
  # What the old disk could not give is zeros on the new one, and clean in the cache.
  dd if=/dev/zero of="$NEW_BACKING" bs=4k seek=5 count=40 conv=notrunc status=none
  dd if=/dev/zero of="$NEW_BACKING" bs=4k seek=6000 count=1 conv=notrunc status=none
  run "$section" 4 4
  said "backing-differs"
  # The status is that of check, which tells of the other device.
  run "$section" 5 4
  holds "$NEW_BACKING"
  run "$section" 4 4
  if grep backing-differs "$work/said"; then fail "the new backing device still differs"; fi
  run "$section" 6
  remove
else
  note "no file system can be mounted here: what a device that fails needs is left out"
fi

echo "the cache device was gone, and is back"
begin 9
create
fill
run "THE CACHE DEVICE HAS FAILED" 1
nbdcopy "$(uri "$NAME")" "$work/read"
holds "$work/read"
remove

echo "the cache is full"
begin 4
create
fill
for number in 1 2 3; do run "THE CACHE IS FULL" "$number"; done
holds "$BACKING"
remove

echo "the target is dead"
begin 5
create
fill
kill_for_good
run "THE TARGET IS DEAD" 1
said "its target has died|dead"
nbdcopy "$(uri "$NAME")" "$work/read"
holds "$work/read"
run "THE TARGET IS DEAD" 2
remove_files

echo "the machine is lost, or has crashed"
begin 6
create
fill
kill_for_good
# The other machine, or this one after it has booted, knows nothing of the device.
old=$PCACHE_RUN_DIR
export PCACHE_RUN_DIR=$work/other
for section in "THE MACHINE IS LOST" "THE MACHINE HAS CRASHED, AND COMES BACK"; do
  run "$section" 1
  nbdcopy "$(uri "$NAME")" "$work/read"
  holds "$work/read"
  pcachectl remove "$NAME"
done
run "THE MACHINE IS LOST" 1
pcachectl remove "$NAME"
run "THE MACHINE IS LOST" 2
holds "$BACKING"
export PCACHE_RUN_DIR=$old
pcachectl remove --force "$NAME" 2>/dev/null
remove_files

echo "the device is to move"
begin 10
create
fill
run "THE DEVICE IS TO MOVE TO ANOTHER MACHINE" 1
holds "$BACKING"
remove_files

echo "the wrong backing device"
begin 7
create
fill
pcachectl remove "$NAME"
cp --sparse=always "$BACKING" "$NEW_BACKING"
refused "$BACKING" pcachectl create "$NAME" --table "0 $SECTORS pcache $CACHE $NEW_BACKING $OPTIONS"
run "THE WRONG BACKING DEVICE" 1
said "$BACKING"
run "THE WRONG BACKING DEVICE" 2
pcachectl remove "$NAME"
pcachectl writeback "$CACHE" "$BACKING" >/dev/null
cp --sparse=always "$BACKING" "$NEW_BACKING"
run "THE WRONG BACKING DEVICE" 3
remove

echo "a stale cache"
begin 8
create
fill
pcachectl remove "$NAME"
pcachectl writeback "$CACHE" "$BACKING" >/dev/null
# The whole device is written without its cache.
head -c 24M /dev/urandom | dd of="$BACKING" bs=1M conv=notrunc status=none
refused "$BACKING" create
run "A STALE CACHE" 3
pcachectl remove "$NAME"
refused "$BACKING" create
run "A STALE CACHE" 1
run "A STALE CACHE" 2
nbdcopy "$(uri "$NAME")" "$work/read"
cmp "$work/read" "$BACKING" || fail "after the cache was given up, the device is not its backing device"
remove

if [ "$small" = yes ]; then
  wanted=$(awk '/^\.SH / { title = substr($0, 5); count = 0 } /^\.EX/ { count++; if (title != "DESCRIPTION") print title, count }' "$page" | sort)
  equal "blocks of the manual that were run" "$wanted" "$(sort -u "$work/done")"
fi
