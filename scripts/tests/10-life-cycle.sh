#!/usr/bin/env bash
# A device from create to remove, as a script written for dmsetup drives it, with the refusals on the way.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/testing.sh"
require jq=jq nbdinfo=libnbd-bin || skip "the tools are not there"
workspace

cache=$(sparse cache 544M) backing=$(sparse backing 1G)
n=$(sectors "$backing")
line=$(table "$n" "$cache" "$backing")

refused "pcache: table length" pcachectl create demo --table "$(table $((n + 8)) "$cache" "$backing")"
refused "pcache" pcachectl create demo --table "$(table "$n" "$work/nosuch" "$backing")"
refused "pcache" pcachectl create demo --table "$(table "$n" "$cache" "$cache")"
refused "it is empty" pcachectl create demo --table "$(table "$n" "$(sparse empty 0)" "$backing")"
equal "cache device after refused tables" "" "$(tr -d '\0' < "$cache" | head -c 1)"
equal "devices after refused tables" "" "$(device_names)"

pcachectl create demo --uuid PCACHE-0001 --table "$line"
refused "demo" pcachectl create demo --table "$line"
refused "EBUSY" pcachectl create other --table "$line"

equal "table" "$(table "$n" "$cache" "$backing")" "$(pcachectl table demo)"
[[ $(pcachectl status demo) == "0 $n pcache 0 33 33 "* ]] || fail "status: $(pcachectl status demo)"
equal "ls" "demo" "$(pcachectl ls | awk '{print $1}')"
equal "uuid" "PCACHE-0001" "$(pcachectl info -c --noheadings -o uuid demo)"
equal "size seen by a client" "$((n * 512))" "$(nbdinfo --size "$(uri demo)")"

pcachectl message demo 0 gc_percent 42
equal "gc_percent" 42 "$(pcachectl status demo | awk '{print $8}')"
refused "" pcachectl message demo 0 gc_percent 91
refused "" pcachectl message demo 0 nonsense

before=$(target_pid demo)
pcachectl restart demo
[ "$(target_pid demo)" != "$before" ] || fail "the same process serves the device after restart"
equal "state after restart" "ACTIVE" "$(pcachectl info demo | awk '/^State:/ {print $2}')"
refused "Don't support table loading for live md" pcachectl load demo --table "$line"
pcachectl suspend demo
equal "state" "SUSPENDED" "$(pcachectl info demo | awk '/^State:/ {print $2}')"
refused "Don't support table loading for live md" pcachectl load demo --table "$line"
pcachectl resume demo
equal "state" "ACTIVE" "$(pcachectl info demo | awk '/^State:/ {print $2}')"

# create takes what table prints; gc_percent is kept on the cache device.
printed=$(pcachectl table demo)
pcachectl remove demo
refused "" pcachectl status demo
pcachectl create demo --table "$printed"
equal "gc_percent after remove and create" 42 "$(pcachectl status demo | awk '{print $8}')"
pcachectl remove demo

# The words of a table in the wrong order: the device that is to be cached would be formatted, and the cache would be
# overwritten.
disk=$(sparse disk 1G)
n2=$(sectors "$cache")
before=$(md5sum < "$cache")
refused "the backing device carries a pcache cache, and the cache device does not: they may be swapped in the table" \
  pcachectl create demo --table "$(table "$n2" "$disk" "$cache")"
equal "cache after a table with swapped words" "$before" "$(md5sum < "$cache")"
equal "blocks of the disk after a table with swapped words" 0 "$(stat -c %b "$disk")"
equal "devices after a table with swapped words" "" "$(device_names)"
pcachectl create demo --force --table "$(table "$n2" "$disk" "$cache")"
pcachectl remove demo
rm "$disk"

# Creation in two steps.
pcachectl create demo --notable
pcachectl load demo --table "$line"
equal "inactive table" "$line" "$(pcachectl table --inactive demo)"
pcachectl clear demo
pcachectl load demo --table "$line"
pcachectl resume demo
equal "live table" "$line" "$(pcachectl table demo)"
pid=$(target_pid demo)
pcachectl remove demo
await_end "$pid"
equal "devices left" "" "$(device_names)"
