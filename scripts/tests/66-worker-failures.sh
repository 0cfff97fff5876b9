#!/usr/bin/env bash
# An error ends a thread of the target, each kind of thread in turn: the target stops, and a successor takes its place.
# The target does not go on without the thread. The successor has all that was flushed. Then the cache device becomes
# read-only while it is in use.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/testing.sh"
require jq=jq nbdcopy=libnbd-bin nbdinfo=libnbd-bin || skip "the tools are not there"
workspace

sparse cache 544M >/dev/null
sparse backing 64M >/dev/null
cache=$work/cache backing=$work/backing
line=$(table "$(sectors "$backing")" "$cache" "$backing")
head -c 8M /dev/urandom > "$work/data"
read_all() { nbdcopy "$(uri demo)" "$work/read"; }
same() {
  read_all
  cmp -n $((8 << 20)) "$work/read" "$work/data" || fail "$1: the data is not what was flushed"
}
create() { pcachectl create demo --frontend nbd --metrics unix --table "$line"; }

threads=(control change query log metrics nbd-negotiation nbd-queue pcache-commit pcache-writeback pcache-gc pcache-backing)
if command -v javac jar jcmd >/dev/null && [ "$(javac -version 2>&1 | tr -dc 0-9. | cut -d. -f1)" -lt 20 ]; then
  mkdir "$work/agent"
  javac -nowarn -d "$work/agent" "$lib/EndThread.java" 2>/dev/null
  printf 'Agent-Class: EndThread\n' > "$work/manifest"
  jar -cfm "$work/agent.jar" "$work/manifest" -C "$work/agent" .
  create
  for thread in "${threads[@]}"; do
    echo "the thread $thread meets an error"
    # So that each thread has begun.
    pcachectl suspend demo
    pcachectl resume demo
    pcachectl status demo >/dev/null
    nbdcopy --flush "$work/data" "$(uri demo)"
    pid=$(target_pid demo) uri=$(uri demo)
    jcmd "$pid" JVMTI.agent_load "$work/agent.jar" "$thread" >/dev/null 2>&1 || true
    # A thread that waits in the kernel meets the error when it has something to do. The device may be gone by then, so
    # errors of the client do not matter.
    timeout 20 nbdcopy "$work/data" "$uri" >/dev/null 2>&1 || true
    timeout 20 "$tree/scripts/pcachectl" message demo 0 writeback >/dev/null 2>&1 || true
    timeout 20 "$tree/scripts/pcachectl" status demo >/dev/null 2>&1 || true
    curl -m 5 -fsS --unix-socket "$PCACHE_RUN_DIR/demo/metrics.sock" http://pcache/metrics >/dev/null 2>&1 || true
    timeout 60 tail --pid="$pid" -s 0.05 -f /dev/null || fail "$thread: the target goes on without it"
    grep -qs "ending thread $thread" "$PCACHE_RUN_DIR"/control/*/console || fail "$thread: there was no such thread"
    same "$thread"
  done
  pcachectl remove demo
else
  note "not tested, needs a JDK older than 20: errors in threads"
fi

[ "$(id -u)" = 0 ] && loop=$(losetup --find --show "$cache" 2>/dev/null) || skip "the rest needs a loop device"
trap 'status=$?; set +e; losetup -d "$loop"; (exit "$status"); leave_workspace' EXIT
echo "the cache device becomes read-only: writes fail, nothing that was flushed is lost"
line=$(table "$(sectors "$backing")" "$loop" "$backing")
create
nbdcopy --flush "$work/data" "$(uri demo)"
blockdev --setro "$loop"
same "read-only"
head -c 8M /dev/zero > "$work/zeros"
! nbdcopy --flush "$work/zeros" "$(uri demo)" 2>/dev/null || fail "a flush was acknowledged by a read-only cache device"
pcachectl status demo
blockdev --setrw "$loop"
kill_target demo
# The writes that failed may have been made in part. No block may hold data of another block.
read_all
python3 - "$work" <<'P' || fail "a block is neither what was flushed nor what was written since"
import sys
read, data = (open(sys.argv[1] + "/" + name, "rb").read() for name in ("read", "data"))
zero = bytes(4096)
sys.exit(any(read[i:i + 4096] not in (zero, data[i:i + 4096]) for i in range(0, len(data), 4096)))
P
pcachectl remove demo
equal "devices left" "" "$(device_names)"
