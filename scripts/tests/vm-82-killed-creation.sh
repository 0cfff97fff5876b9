#!/usr/bin/env bash
# A target that is killed while it makes its node leaves nothing, even while the kernel reads the partition table.
# The backing device is slow enough for that.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/guest.sh"
require jq=jq dmsetup=dmsetup || skip "the tools are not there"
in_guest --memory 2G --unsafe-drive cache=cache:544M --unsafe-drive backing=backing:256M

cache=$(realpath /dev/vm/cache) backing=$(realpath /dev/vm/backing)
n=$(($(blockdev --getsize64 "$backing") / 512))
modprobe -a dm-mod dm-delay
dmsetup create slow --table "0 $n delay $backing 0 700"
dmsetup mknodes
line=$(table "$n" "$cache" /dev/mapper/slow)

# The node of a dead target goes, too: its supervisor starts another target for that.
all_goes() {
  local deadline=$((SECONDS + 60)) left
  while left=$(find /dev -name 'ublk[bc]*' -o -name demo; pgrep -f 'io.pcache.server.TargetMain|supervisor.sh'); [ -n "$left" ]; do
    [ "$SECONDS" -lt "$deadline" ] || fail "left after a kill $1: $left"
    sleep 0.1
  done
}

killed_when() { # NODE
  "$tree/scripts/pcachectl" create demo --table "$line" 2>"$work/said" &
  local creator=$! pid
  until [ -e "$1" ]; do
    kill -0 "$creator" 2>/dev/null || { cat "$work/said" >&2; fail "create ended before there was $1"; }
    sleep 0.02
  done
  pid=$(target_process)
  kill -9 "$pid"
  # Where the kernel does not wait for the partition table, the device may have been ready already: a successor has the
  # device then.
  if wait "$creator"; then pcachectl remove demo; fi
  cat "$work/said"
  all_goes "when there was $1"
}
killed_when /dev/ublkc0
killed_when /dev/ublkb0
dmsetup remove slow

# The dead target does not claim the cache.
line=$(table "$n" "$cache" "$backing")
pcachectl create demo --table "$line"
pcachectl remove demo
nothing_left
rmmod ublk_drv
# The node was taken away while clients had it open: they got errors.
no_kernel_complaints 'I/O error.* dev ublkb'
