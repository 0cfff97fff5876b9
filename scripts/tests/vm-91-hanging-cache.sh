#!/usr/bin/env bash
# The cache device does not answer, neither with data nor with an error: create, load, and the commands to a device that is to be recovered end all the same, and say what they waited for.
# seconds: 1200
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/guest.sh"
require jq=jq dmsetup=dmsetup || skip "the tools are not there"
in_guest --memory 2G --timeout 1800 --unsafe-drive cache=cache:544M --unsafe-drive backing=backing:256M
modprobe dm-mod

cache=$(realpath /dev/vm/cache) backing=$(realpath /dev/vm/backing)
dmsetup create weak --table "0 $(blockdev --getsz "$cache") linear $cache 0"
dmsetup mknodes
hangs() { dmsetup suspend --noflush --nolockfs weak; echo 3 > /proc/sys/vm/drop_caches; }
answers() { dmsetup resume weak; }
line=$(table "$(blockdev --getsz "$backing")" /dev/mapper/weak "$backing")
# A step may stand still sixty times as long; a target that is started again is waited for six times as long.
seconds=2
short() { PCACHE_TIMEOUT=$seconds timeout 600 "$tree/scripts/pcachectl" "$@"; }

echo "== create"
hangs
status=0
said=$(short create demo --table "$line" 2>&1) || status=$?
equal "exit status of create" 1 "$status"
[[ $said == *"demo: load is waited for no longer: its step 'open', which opens both devices and reads the cache device, has not got on for 12"*"the target was ended"* ]] || fail "create said: $said"
answers
equal "devices" "" "$(device_names)"

echo "== load"
pcachectl create demo --notable
hangs
status=0
said=$(short load demo --table "$line" 2>&1) || status=$?
equal "exit status of load" 1 "$status"
[[ $said == *"demo: load is waited for no longer: its step 'open'"* ]] || fail "load said: $said"
answers
# The load goes on, and what comes after it waits for that.
pcachectl resume demo
device=$(path demo)
dd if=/dev/urandom of="$device" bs=1M count=8 oflag=direct conv=fsync status=none

echo "== recovery"
hangs
pid=$(target_pid demo)
kill -9 "$pid"
await_successor "$pid" >/dev/null
seconds=10
status=0
said=$(short status demo 2>&1) || status=$?
equal "exit status of status" 1 "$status"
[[ $said == *"demo: its target has died, and the next one (pid "*"is not ready"*"within 60 s"* ]] || fail "status said: $said"
status=0
said=$(short remove demo 2>&1) || status=$?
equal "exit status of remove" 1 "$status"
[[ $said == *"remove --force"* ]] || fail "remove said: $said"
short remove --force demo || fail "remove --force: status $?"
equal "devices after remove --force" "" "$(device_names)"
answers

echo "== and all is there when the cache device answers"
pcachectl create demo --table "$line"
pcachectl remove demo
dmsetup remove weak
nothing_left
# Whoever had a node open that was taken away got errors.
no_kernel_complaints 'I/O error.* dev ublkb|blocked for more than'
