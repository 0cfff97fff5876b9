#!/usr/bin/env bash
# What create takes beyond dmsetup's options: queues, and a time limit that leaves nothing behind.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/testing.sh"
require jq=jq python3=python3-minimal || skip "jq or python3 is not there"
workspace

cache=$(sparse cache 544M) backing=$(sparse backing 1G)
line=$(table "$(sectors "$backing")" "$cache" "$backing")

pcachectl create demo --frontend nbd --queues 3 --table "$line"
pid=$(pcachectl info demo --json | jq .pid)
equal "threads that serve" 3 "$(cat /proc/"$pid"/task/*/comm | grep -c '^nbd-queue')"
pcachectl remove demo
refused "it is 1 to 64" pcachectl create demo --queues 65 --table "$line"

level() { pcachectl status demo --json | jq -r '[.. | objects | .log_level? // empty] | first'; }
refused "it is error, warning, info or debug" pcachectl create demo --log-level loud --table "$line"
pcachectl create demo --frontend nbd --log-level warning --table "$line"
equal "the level of the log" warning "$(level)"
! grep -qs ' INFO ' "$PCACHE_RUN_DIR/demo/log" || fail "logged at the level warning: $(cat "$PCACHE_RUN_DIR/demo/log")"
pcachectl message demo 0 log_level info
equal "the level of the log after a message" info "$(level)"
refused "log_level takes one word: error, warning, info or debug" pcachectl message demo 0 log_level
pcachectl remove demo

targets() { pgrep -f -- "--run-dir=$PCACHE_RUN_DIR .*--name=demo" || true; }
nothing_is_left() {
  equal "devices after $1" "" "$(device_names)"
  equal "processes after $1" "" "$(targets)"
  equal "files after $1" "" "$(find "$PCACHE_RUN_DIR/control" -mindepth 1 -maxdepth 1 -name '[0-9]*')"
}

# stop_with FILE: stops the next target as soon as it has FILE open.
stop_with() {
  python3 -c '
import glob, os, signal, sys
wanted, run = sys.argv[1:]
while True:
    for lock in glob.glob(run + "/control/*/lock"):
        try:
            pid = int(open(lock).read())
            for fd in os.listdir(f"/proc/{pid}/fd"):
                if os.readlink(f"/proc/{pid}/fd/{fd}") == wanted:
                    os.kill(pid, signal.SIGSTOP)
                    sys.exit(0)
        except (OSError, ValueError):
            pass
' "$1" "$PCACHE_RUN_DIR" &
  stopper=$!
}

# Too slow while the target starts: its debugger waits for a client that never comes.
PCACHE_TARGET_OPTS="-agentlib:jdwp=transport=dt_socket,server=y,suspend=y,address=127.0.0.1:0" \
  refused "not ready within 3 s" pcachectl create demo --wait 3 --table "$line"
nothing_is_left "a start that hangs"

# Too slow while the target loads its table.
stop_with "$cache"
refused "not ready within 8 s" pcachectl create demo --wait 8 --table "$line"
wait "$stopper"
nothing_is_left "a load that hangs"

# Without a limit, the silence of the target ends create.
stop_with "$cache"
refused "does not answer: it is stopped" pcachectl create demo --table "$line"
wait "$stopper"
nothing_is_left "a target that was stopped"

# create is told to end by a signal in the middle: there is no device, no process, and no output.
for signal in HUP TERM; do
  stop_with "$cache"
  "$tree/scripts/pcachectl" create demo --table "$line" >"$work/said" 2>&1 &
  creator=$!
  wait "$stopper"
  target=$(targets)
  kill -"$signal" "$creator"
  # shellcheck disable=SC2086 # the target's supervisor has the same words
  kill -CONT $target
  status=0
  wait "$creator" || status=$?
  equal "status after SIG$signal" "$((128 + $(kill -l "$signal")))" "$status"
  equal "said after SIG$signal" "" "$(cat "$work/said")"
  for pid in $target; do await_end "$pid"; done
  nothing_is_left "SIG$signal"
done

# create says why a target has died, and where its log is. The log is there.
said=$(PCACHE_TARGET_OPTS="-XX:MaxDirectMemorySize=200k" pcachectl create demo --frontend nbd --table "$line" 2>&1) && fail "a target without memory made a device"
[[ $said == *"demo: the target died while it was being made ready: "*"; its log is in $PCACHE_RUN_DIR/control/died (-ENXIO)"* ]] || fail "a target that died: $said"
grep -q OutOfMemoryError "$PCACHE_RUN_DIR/control/died/console" || fail "its log does not say why"
nothing_is_left "a target that died"

# A file cannot be the run directory.
: > "$work/file"
for wrong in "$work/file" "$work/file/below"; do
  said=$(PCACHE_RUN_DIR=$wrong pcachectl info demo 2>&1) && fail "info with a run directory of $wrong"
  [[ $said == "pcache: PCACHE_RUN_DIR=$wrong: "*"not a directory (-ENOTDIR)"* ]] || fail "info with a run directory of $wrong: $said"
done
PCACHE_RUN_DIR=$work/nowhere refused "PCACHE_RUN_DIR=$work/nowhere: there is no such directory" pcachectl info demo
for seconds in abc 0 -1 1e3 100000; do
  PCACHE_TIMEOUT=$seconds refused "PCACHE_TIMEOUT=$seconds: must be 1 to 86400 seconds" pcachectl info demo
done

said=$(PCACHE_RUN_DIR=$work/$'run\xff' pcachectl info demo 2>&1) && fail "info with a run directory whose name is not UTF-8"
[[ $said == *"it holds bytes that are not UTF-8 (-EILSEQ)"* ]] || fail "info with a run directory whose name is not UTF-8: $said"
mkdir "$work/full"
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=1280k,mode=700 full "$work/full" 2>/dev/null; then
  trap 'status=$?; set +e; umount -l "$work/full"; (exit "$status"); leave_workspace' EXIT
  head -c 600k /dev/zero > "$work/full/file"
  said=$(PCACHE_RUN_DIR=$work/full/run pcachectl create demo --notable 2>&1) && fail "create with a full run directory"
  [[ $said == *": No space left on device"$'\n'"pcache: no space left on the file system of $work/full/run: "*"free some, or set PCACHE_RUN_DIR to a directory on another (-ENOSPC)"$'\n'* ]] \
    || fail "create with a full run directory: $said"
  umount "$work/full"
  trap leave_workspace EXIT
  # The tree may be in a folder that only its owner can enter.
  if setpriv --reuid 65534 --clear-groups test -x "$tree/scripts/pcachectl" 2>/dev/null; then
    said=$(env -u PCACHE_RUN_DIR XDG_RUNTIME_DIR=run setpriv --reuid 65534 --clear-groups "$tree/scripts/pcachectl" ls 2>&1) && fail "ls with an XDG_RUNTIME_DIR that is relative"
    [[ $said == *"XDG_RUNTIME_DIR=run is ignored, since it is not an absolute path"* ]] || fail "ls with an XDG_RUNTIME_DIR that is relative: $said"
  fi
fi

# Another command removes the device while it is created: the command is told that the device is busy, and the device is
# there in the end.
stop_with "$cache"
"$tree/scripts/pcachectl" create demo --table "$line" >"$work/said" 2>&1 &
creator=$!
wait "$stopper"
refused "demo: it is being created or restarted by process " pcachectl remove demo
# shellcheck disable=SC2046 # words
kill -CONT $(targets)
wait "$creator" || fail "a create during which somebody tried to remove the device: $(cat "$work/said")"
pcachectl remove demo

# Names of any bytes. Any other word that is not UTF-8 is refused in one line, whatever the locale.
odd=$'caf\xe9 \xff'
for locale in C C.UTF-8 de_DE.ISO-8859-1; do
  export LC_ALL=$locale
  pcachectl create "$odd" --notable -u $'u\xff'
  pcachectl create $'caf\xe8 \xff' --notable
  equal "names" 'caf\xe8\x20\xff caf\xe9\x20\xff ' "$(device_names | LC_ALL=C sort | tr '\n' ' ')"
  pcachectl rename "$odd" $'\xfe'
  pcachectl info $'\xfe' >/dev/null
  equal "name of the uuid" '\xfe' "$(pcachectl info -c --noheadings -o name -u $'u\xff')"
  pcachectl remove '\xfe' 'caf\xe8\x20\xff'
  for words in "create x $work/"$'\xff' "check $work/"$'\xff' "map $work/"$'\xff' "dump $work/"$'\xff' "status /dev/mapper/"$'\xff' "ls --exec "$'\xff' "attach --all --tab $work/"$'\xff' \
    "map demo --svg $work/"$'\xff' "message demo 0 "$'\xff' $'info -c -o \xff' $'target-version \xff'; do
    # shellcheck disable=SC2086 # words
    said=$(pcachectl $words 2>&1) && fail "not refused in $locale: $words"
    if [[ $said == *Exception* || $said == *"internal error"* || $said == *"at java"* ]]; then fail "in $locale $words says: $said"; fi
  done
  said=$(pcachectl create x --table $'0 8 pcache /a\xff /b' 2>&1) && fail "a table that is not UTF-8 in $locale"
  [[ $said == *"not UTF-8"* ]] || fail "a table that is not UTF-8 in $locale: $said"
  said=$(printf '0 8 pcache /a\xff /b' | pcachectl create x 2>&1) && fail "a table that is not UTF-8 in $locale, on stdin"
  [[ $said == *"Invalid format on line 1 of table on stdin."*"not UTF-8"* ]] || fail "a table that is not UTF-8 in $locale, on stdin: $said"
  equal "devices in $locale" "" "$(device_names)"
done
unset LC_ALL

# The output goes to a pipe that nobody reads, or to a closed descriptor.
pcachectl create demo --notable
for command in "info demo" "status --json" "table --interval 1" "metrics"; do
  # shellcheck disable=SC2086 # words
  { sleep 1; status=0; "$tree/scripts/pcachectl" $command 2>"$work/said" || status=$?; echo "$status" >"$work/status"; } | true
  equal "status of $command into a pipe that nobody reads" 141 "$(cat "$work/status")"
  equal "said of $command into a pipe that nobody reads" "" "$(cat "$work/said")"
done
status=0
said=$(pcachectl info demo 2>&1 >&-) || status=$?
equal "status of info with standard output closed" 1 "$status"
equal "said by info with standard output closed" "pcachectl: standard output: Bad file descriptor" "$said"
pcachectl suspend demo >&- || fail "what prints nothing needs no standard output"
pcachectl remove demo

# The output cannot be written.
pcachectl create demo --notable
for command in "info demo" "ls" "status --json"; do
  status=0
  # shellcheck disable=SC2086 # words
  said=$(pcachectl $command 2>&1 >/dev/full) || status=$?
  equal "status of $command" 1 "$status"
  equal "said by $command" "pcachectl: standard output: No space left on device" "$said"
done
pcachectl remove demo
for command in check dump; do
  status=0
  said=$(pcachectl $command "$cache" 2>&1 >/dev/full) || status=$?
  equal "status of $command" 8 "$status"
  equal "said by $command" "pcachectl: standard output: No space left on device" "$said"
done

pcachectl create demo --wait 120 --table "$line"
pcachectl remove demo

# Names that are not ASCII, in the locale of cron and of services.
mkdir "$work/übel"
mv "$cache" "$backing" "$work/übel/"
LC_ALL=C pcachectl create demo --frontend nbd --table "$(table "$(sectors "$work/übel/${backing##*/}")" "$work/übel/${cache##*/}" "$work/übel/${backing##*/}")"
LC_ALL=C pcachectl table demo | grep -qF "$work/übel/${cache##*/}" || fail "the table has another path: $(pcachectl table demo)"
LC_ALL=C pcachectl remove demo
LC_ALL=C pcachectl check "$work/übel/${cache##*/}" >/dev/null
