#!/usr/bin/env bash
# A target that serves NBD is killed: a successor takes its place, with all that was acknowledged.
# Where no successor comes up, the device is listed as dead, with what to do, in bounded time.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/testing.sh"
require jq=jq nbdcopy=libnbd-bin nbdinfo=libnbd-bin /usr/bin/python3=python3-minimal /usr/lib/python3/dist-packages/nbd.py=python3-libnbd || skip "the tools are not there"
workspace

cache=$(sparse cache 544M) backing=$(sparse backing 64M)
line=$(table "$(sectors "$backing")" "$cache" "$backing")
head -c 8M /dev/urandom > "$work/data"
socket=$PCACHE_RUN_DIR/demo/nbd.sock
same() {
  nbdcopy "$(uri demo)" "$work/read"
  cmp -n $((8 << 20)) "$work/read" "$work/data" || fail "$1: the data is not what was written"
}
supervisor_pid() { cut -d ' ' -f 1 "$PCACHE_RUN_DIR/demo/supervisor"; }
kill_both() {
  local pid
  pid=$(target_pid demo)
  kill -9 "$(supervisor_pid)"
  kill -9 "$pid"
  await_end "$pid"
}

echo "another target takes the place of one that was killed: the same address, nothing that was acknowledged is lost"
pcachectl create demo --frontend nbd --table "$line"
uri=$(uri demo)
# Without a flush.
nbdcopy "$work/data" "$uri"
pid=$(target_pid demo)
kill -9 "$pid"
await_end "$pid"
same "after the target's death"
equal "the address" "$uri" "$(uri demo)"
[ "$(target_pid demo)" != "$pid" ] || fail "there is no other target"

echo "restart: where no client would be cut off, or by force"
pid=$(target_pid demo)
pcachectl restart demo
[ "$(target_pid demo)" != "$pid" ] || fail "restart has changed nothing"
pid=$(target_pid demo)
/usr/bin/python3 -c 'import nbd, sys
h = nbd.NBD(); h.connect_uri(sys.argv[1]); print("connected", flush=True); sys.stdin.read()' "$uri" < <(sleep 1000 & echo $! > "$work/sleeper"; wait) > "$work/client" &
until grep -qs connected "$work/client"; do read -rt 0.01 <> <(:) || true; done
refused "demo: NBD clients (1) would be cut off" pcachectl restart demo
equal "the target" "$pid" "$(target_pid demo)"
pcachectl restart --force demo
[ "$(target_pid demo)" != "$pid" ] || fail "restart --force has changed nothing"
kill "$(cat "$work/sleeper")"
same "after restarts"

echo "with its supervisor: dead, and every command says so in time"
kill_both
dead='demo: its target has died; "pcachectl restart demo" brings it back, "pcachectl remove demo" takes it away'
for verb in ls "ls --tree" info "info -c" status table deps stats "info demo" "status demo" "table demo" "message demo 0 gc_percent 50" "suspend demo" "resume demo"; do
  # shellcheck disable=SC2086 # words
  refused "$dead" timeout 20 "$tree/scripts/pcachectl" $verb
done
equal "what ls lists" "demo	(252:0)" "$(pcachectl ls 2>/dev/null)"
equal "the state" DEAD "$(pcachectl info 2>/dev/null | awk '/^State:/ {print $2}')"
equal "what ls says of it in JSON" true "$(pcachectl ls --json 2>/dev/null | jq ".[0].dead")"
equal "the state in JSON" "demo true nbd 131072" "$(pcachectl info --json 2>/dev/null | jq -r '[.. | objects | select(.name?)] | first | "\(.name) \(.dead) \(.frontend) \(.sectors)"')"
equal "metrics of a dead device" 'pcache_up{device="demo"} 0' "$(pcachectl metrics --classic 2>/dev/null | grep -v '^#')"
refused "demo: a device of this name exists (-EBUSY)"$'\n'"$dead" pcachectl create demo --frontend nbd --table "$line"
refused "device $dead" pcachectl create other --frontend nbd --table "$line"
pcachectl restart demo
same "after a restart of a dead device"

echo "what keeps the next target from coming up is told"
mv "$cache" "$work/elsewhere"
pid=$(target_pid demo)
kill -9 "$pid"
await_end "$pid"
until [ -e "$PCACHE_RUN_DIR/demo/failed" ]; do read -rt 0.05 <> <(:) || true; done
until said=$(timeout 20 "$tree/scripts/pcachectl" info demo 2>&1) || [[ $said == *"its target has died"* ]]; do :; done
[[ $said == *"it is started again and again, to no avail; the last one did not come up: "*"$cache: there is no such device or file"* ]] || fail "of a target that does not come up: $said"

echo "a target that goes on wants the cache that the device had: not a blank one, nor a copy of it"
for other in blank copy; do
  if [ "$other" = blank ]; then truncate -s 544M "$cache"; else cp --sparse=always "$work/elsewhere" "$cache"; fi
  before=$(md5sum < "$cache")
  refused "$cache: it is another file or device than the one that the device had" pcachectl restart demo
  equal "the $other cache in its place" "$before" "$(md5sum < "$cache")"
done
mv "$work/elsewhere" "$cache"
pcachectl restart demo
same "after what was missing has come back"

echo "remove takes a dead device away; what was acknowledged is there for the next"
head -c 8M /dev/urandom > "$work/data"
nbdcopy "$work/data" "$(uri demo)"
kill_both
said=$(pcachectl remove demo 2>&1)
waiting=$(find "$PCACHE_RUN_DIR/control/carry-over" -type f ! -name '*.device')
equal "what remove says" "demo: taken away without a target; what was not written back to its backing device stays on the cache device $cache, and what was not flushed in $waiting; the next create on the cache device takes both" "$said"
equal "devices" "" "$(device_names)"
[ ! -S "$socket" ] || fail "the socket is there still"
pcachectl create demo --frontend nbd --table "$line"
same "after remove and create"
kill_both
pcachectl remove_all
equal "devices after remove_all" "" "$(device_names)"
equal "files after remove_all" "" "$(find "$PCACHE_RUN_DIR/control" -mindepth 1 -maxdepth 1 -name '[0-9]*')"
