#!/usr/bin/env bash
# Hostile clients on the control and the NBD socket, and many commands at once: I/O goes on, memory does not grow.
# The number of descriptors does not grow either. Of rival commands, one wins.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/testing.sh"
require jq=jq fio=fio python3=python3-minimal nbdinfo=libnbd-bin || skip "the tools are not there"
workspace

line=$(table 2097152 "$(sparse cache 544M)" "$(sparse backing 1G)")

# Two creates of one name: one wins, the other says so, and nothing of the other is left.
for round in 1 2 3; do
  won=0
  pcachectl create demo --frontend nbd --table "$line" 2>"$work/first" & first=$!
  pcachectl create demo --frontend nbd --table "$line" 2>"$work/second" & second=$!
  wait "$first" && won=$((won + 1))
  wait "$second" && won=$((won + 1))
  equal "creates that won round $round" 1 "$won"
  grep -q "Device or resource busy" "$work/first" "$work/second" || fail "the loser said: $(cat "$work/first" "$work/second")"
  equal "devices" "demo" "$(device_names)"
  # status while the device goes: there is an answer, or an error; nothing hangs.
  (while pcachectl status demo >/dev/null 2>"$work/status"; do :; done) & asking=$!
  pcachectl remove demo
  wait "$asking"
  grep -q "does not exist" "$work/status" || fail "status during remove said: $(cat "$work/status")"
done

pcachectl create demo --frontend nbd --table "$line"
pid=$(target_pid demo)
memory() { awk '/^VmRSS/ {print $2}' "/proc/$pid/status"; }
descriptors() { find "/proc/$pid/fd" -mindepth 1 2>/dev/null | wc -l; }
# All of the heap and of the buffers is touched once before memory is looked at.
fio --name=w --ioengine=nbd --uri="$(uri demo)" --rw=randwrite --bs=64k --size=200M --iodepth=16 --output=/dev/null
nbdinfo --size "$(uri demo)" >/dev/null
connects=$(quick && echo 6000 || echo 1000000)
python3 "$tree/scripts/lib/hostile_clients.py" 2000 60 "$PCACHE_RUN_DIR/demo/control.sock" "$PCACHE_RUN_DIR/demo/nbd.sock" >/dev/null
before=$(memory) open_before=$(descriptors)

fio --name=v --ioengine=nbd --uri="$(uri demo)" --rw=randrw --bs=4k --size=100M --iodepth=8 --verify=crc32c --verify_fatal=1 --verify_state_save=0 --time_based \
  --runtime="$(quick && echo 5 || echo 60)" --output="$work/fio" & verified=$!
# A flood fills the socket's backlog, so a new client may have to try again. The I/O of clients that are connected must
# go on.
until [ "$(info demo openCount)" -gt 0 ]; do kill -0 "$verified" 2>/dev/null || fail "fio has ended: $(cat "$work/fio")"; done
made=$(python3 "$tree/scripts/lib/hostile_clients.py" "$connects" 600 "$PCACHE_RUN_DIR/demo/control.sock" "$PCACHE_RUN_DIR/demo/nbd.sock")
echo "$made connects"
[ "$made" -ge $((connects / 2)) ] || fail "only $made of $connects connects were made in time"
wait "$verified" || fail "I/O was disturbed: $(cat "$work/fio")"
pcachectl status demo >/dev/null
echo "memory: $before KiB before, $(memory) KiB after; descriptors: $open_before before, $(descriptors) after"
[ $(($(memory) - before)) -lt 65536 ] || fail "the target has grown from $before to $(memory) KiB"
[ $(($(descriptors) - open_before)) -lt 200 ] || fail "the target has $(descriptors) files open, $open_before before"

# A thousand commands, as many at once as a shell starts.
count=$(quick && echo 60 || echo 1000)
# shellcheck disable=SC2016 # for the shell that xargs starts
seq "$count" | xargs -P 40 -I{} sh -c '"$0" status demo >/dev/null 2>>"$1" || echo failed' "$tree/scripts/pcachectl" "$work/errors" > "$work/failed"
equal "status calls that failed" "" "$(cat "$work/failed" "$work/errors")"
pcachectl remove demo
