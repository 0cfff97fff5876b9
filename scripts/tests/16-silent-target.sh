#!/usr/bin/env bash
# A target is stopped: every command ends in time and says what to do, and other devices are still seen.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/testing.sh"
require jq=jq || skip "jq is not there"
workspace
export PCACHE_TIMEOUT=3

for name in demo other; do
  line=$(table 2097152 "$(sparse "$name-cache" 544M)" "$(sparse "$name-backing" 1G)")
  pcachectl create "$name" --frontend nbd --table "$line"
done
pid=$(target_pid demo)
kill -STOP "$pid"

# within SECONDS COMMAND...: runs a command; status 124 when it took longer.
within() { timeout "$1" "$tree/scripts/pcachectl" "${@:2}"; }
silent() {
  local said status=0
  said=$(within 15 "$@" 2>&1 >/dev/null) || status=$?
  equal "exit status of $*" 1 "$status"
  [[ $said == "demo: the target (pid $pid) does not answer: it is stopped, 'kill -CONT $pid' lets it go on"* ]] || fail "$* said: $said"
}

for verb in status table info deps clear suspend resume remove stats metrics mknodes wipe_table; do silent "$verb" demo; done
silent message demo 0 gc_percent 50
silent rename demo new
silent load demo --table "$line"
silent wait demo
silent suspend --wait 2 demo
silent remove --force demo
equal "how often wipe_table tells it" 1 "$(within 15 wipe_table demo 2>&1 | grep -c "does not answer")"
equal "how often remove --force tells it" 1 "$(within 15 remove --force demo 2>&1 | grep -c "does not answer")"
equal "how often suspend, by a selection, tells it" 1 "$(within 15 suspend -S name=demo 2>&1 | grep -c "does not answer")"
for verb in status table info deps ls "info -c -o name,open" "ls --tree" stats; do
  status=0
  # shellcheck disable=SC2086 # words of a command
  said=$(within 15 $verb 2>"$work/errors") || status=$?
  [[ $said == *other* ]] || fail "$verb of all devices does not show the other one: $said"
  [ "$verb" = ls ] || equal "exit status of $verb" 1 "$status"
  [ "$verb" = ls ] || grep -q "^demo: the target (pid $pid) does not answer" "$work/errors" || fail "$verb of all devices said: $(cat "$work/errors")"
done

# A program that collects metrics must not miss the other device: the silent device is reported as down, and the command
# succeeds.
within 15 metrics --classic > "$work/metrics" 2>"$work/errors" || fail "metrics failed: $(cat "$work/errors")"
equal "which targets answer" 'pcache_up{device="demo"} 0 pcache_up{device="other"} 1' "$(grep '^pcache_up' "$work/metrics" | sort | paste -sd ' ')"
grep -q "^demo: the target (pid $pid) does not answer" "$work/errors" || fail "metrics said: $(cat "$work/errors")"

# Requests that came meanwhile are not carried out later: their clients are gone.
kill -CONT "$pid"
equal "state" "ACTIVE" "$(pcachectl info demo | awk '/^State:/ {print $2}')"
equal "table" "pcache" "$(pcachectl table demo | awk '{print $3}')"
equal "devices" "demo other" "$(device_names | tr '\n' ' ' | sed 's/ $//')"
pcachectl remove demo other

# The reasons why a device cannot be opened.
backing=$(sparse backing 1G)
refused "pcache: cache: a device must be an absolute path" pcachectl create demo --table "0 8 pcache cache $backing"
refused "pcache: $work/nosuch: there is no such device or file" pcachectl create demo --table "0 8 pcache $work/nosuch $backing"
refused "pcache: /dev/null: neither a block device nor a regular file" pcachectl create demo --table "0 8 pcache /dev/null $backing"
refused "pcache: $work: neither a block device nor a regular file" pcachectl create demo --table "0 8 pcache $(sparse cache 544M) $work"
