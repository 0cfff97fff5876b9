#!/usr/bin/env bash
# The backing device and the cache are full, and writes wait: clients can be killed, and verbs that need not wait end.
# Nothing dirty is lost.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/testing.sh"
require jq=jq fio=fio nbdcopy=libnbd-bin || skip "the tools are not there"
[ "$(id -u)" = 0 ] || skip "mounts a small tmpfs"
workspace

small=$work/small
mkdir "$small"
mount -t tmpfs -o size=8M none "$small" 2>/dev/null || skip "no tmpfs can be mounted"
unmount() { umount -l "$small" 2>/dev/null || true; }
trap 'status=$?; set +e; unmount; (exit "$status"); leave_workspace' EXIT

cache=$(sparse cache 544M)
truncate -s 2G "$small/backing"
line=$(table "$(sectors "$small/backing")" "$cache" "$small/backing")
# until_true DESCRIPTION COMMAND...: waits for an event that comes by itself, for at most two minutes.
until_true() {
  local what=$1 end=$((SECONDS + 120))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || fail "not within two minutes: $what"
    read -rt 0.1 <> <(:) || true
  done
}
nobody() { [ "$(pcachectl info demo -c --noheadings -o open)" -eq 0 ]; }
told_since() { tail -n "+$(($1 + 1))" "$PCACHE_RUN_DIR/demo/log" | grep -q 'writes wait'; }
waits() { pcachectl status demo --json | grep -q ENOSPC && told_since "$log_lines"; }
# Starts a client that writes more than there is room for, many requests at once, and waits until the client is stuck.
stuck_writer() {
  log_lines=$(wc -l < "$PCACHE_RUN_DIR/demo/log")
  fio --thread --name=w --ioengine=nbd --uri="$(uri demo)" --offset=64M --rw=write --bs=256k --size=900M --iodepth=16 --output="$work/fio" 2>/dev/null & writer=$!
  until_true "the writer to wait for room" waits
}
create() { pcachectl create demo --frontend nbd --table "$line"; }

create
head -c 1M /dev/urandom > "$work/data"
nbdcopy --flush "$work/data" "$(uri demo)"

echo "a client that is killed leaves, though its requests could not be answered; the device can be removed"
stuck_writer
refused "Device or resource busy" pcachectl remove demo
kill -9 "$writer"
wait "$writer" 2>/dev/null || true
until_true "the killed client to be gone" nobody
timeout 60 "$tree/scripts/pcachectl" remove demo || fail "remove: status $?"

echo "remove --force fails what waits, and the device goes"
create
stuck_writer
timeout 60 "$tree/scripts/pcachectl" remove -f demo 2>/dev/null || fail "remove -f: status $?"
! wait "$writer" || fail "the client got no error"
equal "devices" "" "$(device_names)"

echo "suspend and wipe_table with --noflush wait for nothing"
create
stuck_writer
timeout 60 "$tree/scripts/pcachectl" suspend --noflush demo || fail "suspend --noflush: status $?"
timeout 60 "$tree/scripts/pcachectl" wipe_table --noflush demo || fail "wipe_table --noflush: status $?"
! wait "$writer" || fail "the client got no error"
equal "table" error "$(pcachectl table demo | cut -d' ' -f3)"
until_true "the client to be gone" nobody
pcachectl remove demo

echo "dirty data is still there, and is written back when there is room"
mount -o remount,size=1G "$small"
pcachectl writeback "$cache" "$small/backing" >/dev/null
cmp -n 1048576 "$work/data" "$small/backing" || fail "the backing device does not have what was flushed"
