#!/usr/bin/env bash
# A device whose target cannot come up again, since the cache device is not there, can be removed by force.
# What was written is in the cache.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/guest.sh"
require jq=jq || skip "the tools are not there"
in_guest --memory 2G --unsafe-drive cache=cache:544M --unsafe-drive backing=backing:256M

cache=$(realpath /dev/vm/cache) backing=$(realpath /dev/vm/backing)
line=$(table $(($(blockdev --getsize64 "$backing") / 512)) "$cache" "$backing")
pcachectl create demo --table "$line"
head -c 1M /dev/urandom > "$work/data"
dd if="$work/data" of=/dev/ublkb0 bs=1M oflag=direct conv=nocreat,fsync status=none
kill_supervisor() { kill -9 "$(cut -d ' ' -f 1 "$PCACHE_RUN_DIR/demo/supervisor")"; }
kill_supervisor
pid=$(target_process)
kill -9 "$pid"
await_end "$pid"
number=$(stat -c '0x%t 0x%T' "$cache")
rm "$cache"
refused 'pcachectl remove --force demo" takes it away' pcachectl remove demo
kill_supervisor
pcachectl remove --force demo 2>"$work/said"
grep -q "what was not written back to its backing device stays on the cache device" "$work/said" || { cat "$work/said" >&2; fail "remove --force does not tell where the data is"; }
nothing_left
# shellcheck disable=SC2086 # two numbers
mknod "$cache" b $number
pcachectl create demo --table "$line"
dd if=/dev/ublkb0 bs=1M count=1 iflag=direct status=none | cmp - "$work/data" || fail "what had been written is not there"
pcachectl remove demo
nothing_left
rmmod ublk_drv
# The node was taken away while clients had it open: they got errors.
no_kernel_complaints 'I/O error.* dev ublkb'
