#!/usr/bin/env bash
# A device has nothing from its caller: no process group, signals, limits, environment or working directory.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/testing.sh"
require jq=jq python3=python3-minimal nbdcopy=libnbd-bin || skip "the tools are not there"
workspace

cache=$(sparse cache 544M) backing=$(sparse backing 1G)
line=$(table "$(sectors "$backing")" "$cache" "$backing")
create=("$tree/scripts/pcachectl" create demo --frontend nbd --table "$line")
supervisor_pid() { cut -d ' ' -f 1 "$PCACHE_RUN_DIR/demo/supervisor"; }
of_target() { tr '\0' '\n' < "/proc/$(target_pid demo)/$1"; }
state() { sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$1/status"; }

echo "the process group of a script with a time limit, and keys at its terminal"
mkfifo "$work/made" "$work/never"
# The script itself waits, because a shell that is stopped while it starts another program does not stop.
printf '#!/bin/sh\n%s && echo made > "%s"\nread -r _ < "%s"\n' "$(printf '%q ' "${create[@]}")" "$work/made" "$work/never" > "$work/job"
chmod +x "$work/job"
set -m
"$work/job" &
job=$!
set +m
read -r _ < "$work/made"
kill -TSTP -- "-$job"
until [ "$(state "$job")" = T ]; do read -rt 0.01 <> <(:) || true; done
for pid in "$(supervisor_pid)" "$(target_pid demo)"; do
  [ "$(state "$pid")" != T ] || fail "a key has stopped process $pid: $(cat "/proc/$pid/cmdline")"
done
kill -CONT -- "-$job"
kill -TERM -- "-$job"
wait "$job" || true
pcachectl status demo >/dev/null
pcachectl remove demo

echo "the environment"
for setting in JAVA_TOOL_OPTIONS=-XX:+UseG1GC JDK_JAVA_OPTIONS=-XX:+UseParallelGC _JAVA_OPTIONS=-Xmx200g; do
  equal "said with $setting" "" "$(env "$setting" "${create[@]}" 2>&1)"
  equal "of $setting in the target" "" "$(of_target environ | grep -F "${setting%%=*}" || true)"
  pcachectl remove demo
done

echo "signals, limits, priority, umask"
# All signals that can be blocked and ignored are.
cat > "$work/odd" <<'P'
import os, resource, signal, sys
every = set(range(1, 32)) - {signal.SIGKILL, signal.SIGSTOP}
for number in every:
    signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, every)
for limit, value in ((resource.RLIMIT_FSIZE, 1 << 20), (resource.RLIMIT_CPU, 3600), (resource.RLIMIT_STACK, 1 << 20)):
    resource.setrlimit(limit, (value, resource.getrlimit(limit)[1]))
os.umask(0o077)
os.nice(7)
os.execv(sys.argv[1], sys.argv[1:])
P
python3 "$work/odd" "${create[@]}"
for name in "file size" "cpu time"; do
  equal "the limit of $name" unlimited "$(grep "^Max $name" "/proc/$(target_pid demo)/limits" | awk '{print $4}')"
done
[ "$(id -u)" != 0 ] || equal "the priority" 0 "$(ps -o nice= -p "$(target_pid demo)" | tr -d ' ')"
equal "the umask" 0022 "$(sed -n 's/^Umask:\t//p' "/proc/$(target_pid demo)/status")"
head -c 8M /dev/urandom > "$work/data"
nbdcopy --flush "$work/data" "$(uri demo)"
pid=$(target_pid demo) supervisor=$(supervisor_pid)
kill -TERM "$supervisor"
await_end "$pid"
await_end "$supervisor"
equal "devices after SIGTERM" "" "$(device_names)"

echo "a limit that cannot be raised"
status=0
said=$(ulimit -f 1024; setpriv --bounding-set -sys_resource --inh-caps -sys_resource "${create[@]}" 2>&1) || status=$?
if [[ $said != *setpriv:* ]]; then
  equal "exit status with a hard limit of files' sizes" 1 "$status"
  [[ $said == *"the target cannot write behind 1048576: create the device where 'ulimit -H -f' says unlimited"* ]] || fail "with a hard limit of files' sizes: $said"
fi
equal "devices" "" "$(device_names)"

echo "a working directory that is gone"
mkdir "$work/gone"
cd "$work/gone"
rmdir "$work/gone"
"${create[@]}" 2>/dev/null
pcachectl status demo >/dev/null 2>&1
said=$(pcachectl check cache 2>&1) && fail "a relative name was found though the directory is gone"
[[ $said == *cache* && $said != *" at java"* ]] || fail "a relative name in a directory that is gone: $said"
pcachectl remove demo 2>/dev/null
cd "$work"
equal "devices left" "" "$(device_names)"
