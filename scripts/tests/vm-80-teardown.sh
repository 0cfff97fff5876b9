#!/usr/bin/env bash
# Nothing is left behind: after remove, after a refused table, after a removal that had to wait; links come and go.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/guest.sh"
require jq=jq || skip "the tools are not there"
in_guest --memory 2G --unsafe-drive cache=cache:544M --unsafe-drive backing=backing:256M

n=$(($(blockdev --getsize64 /dev/vm/backing) / 512))
cache=$(realpath /dev/vm/cache) backing=$(realpath /dev/vm/backing)
line=$(table "$n" "$cache" "$backing")

rounds=5
if quick; then rounds=2; fi
for ((round = 1; round <= rounds; round++)); do
  pcachectl create demo --table "$line"
  device=$(path demo)
  equal "/dev/mapper/demo" "$device" "$(realpath /dev/mapper/demo)"
  equal "/dev/pcache/demo" "$device" "$(realpath /dev/pcache/demo)"
  equal "size" "$((n * 512))" "$(blockdev --getsize64 "$device")"
  dd if=/dev/urandom of="$device" bs=1M count=4 oflag=direct status=none
  pcachectl remove demo
  nothing_left
done

refused "" pcachectl create demo --table "$(table $((n + 8)) "$cache" "$backing")"
nothing_left

pcachectl create demo --table "$line"
device=$(path demo)
exec 8<>"$device"
refused "busy" pcachectl remove demo
[ -b "$device" ] || fail "the device went although removal was refused"
dd if="$device" of=/dev/null bs=1M count=4 iflag=direct status=none
pcachectl remove --deferred demo
[ -b "$device" ] || fail "the device went while it was open"
pid=$(target_pid demo)
exec 8>&-
await_end "$pid"
nothing_left

# Users that no file descriptor under this name shows: another node, a device on top, a file system without a mount
# point.
pcachectl create demo --table "$line"
device=$(path demo)
mknod "$work/node" b $((16#$(stat -c %t "$device"))) $((16#$(stat -c %T "$device")))
exec 8<"$work/node"
refused "busy" pcachectl remove demo
exec 8<&-
modprobe loop
loop=$(losetup --find --show "$device")
refused "busy" pcachectl remove demo
losetup --detach "$loop"
mkfs.ext4 -q "$device"
mkdir "$work/mounted"
mount "$device" "$work/mounted"
echo content > "$work/mounted/file"
exec 8<"$work/mounted/file"
umount --lazy "$work/mounted"
refused "busy" pcachectl remove demo
exec 8<&-
pcachectl remove --retry demo
nothing_left

# The target dies when nobody has the device open; removal still works.
pcachectl create demo --table "$line"
kill_target demo
# remove waits for the successor.
pcachectl remove demo
nothing_left
rmmod ublk_drv
no_kernel_complaints
