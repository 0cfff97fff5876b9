#!/usr/bin/env bash
# A cache on device-DAX, which is mapped and never read(2), with a bad block that the kernel lists.
# No data goes to the segment of the bad block, and after another activation all written data is there.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/guest.sh"
. "$lib/bad-memory.sh"
require jq=jq || skip "the tools are not there"
in_guest --memory 2G --timeout 900 --pmem memory=memory:640M --unsafe-drive backing=backing:512M
bad_memory_setup
modprobe -a dax_pmem device_dax || skip "this kernel has no device-DAX"

# The NVDIMM is already set up as a block device with DAX. The label for that is wiped, and then the NVDIMM is set up as
# by "ndctl create-namespace -m devdax".
devices=/sys/bus/nd/devices drivers=/sys/bus/nd/drivers
echo pfn0.0 > "$drivers/nd_pmem/unbind"
echo > "$devices/pfn0.0/namespace"
echo 1 > "$devices/namespace0.0/force_raw"
echo namespace0.0 > "$drivers/nd_pmem/bind"
dd if=/dev/zero of=/dev/pmem0 bs=1M count=4 conv=fsync status=none
echo namespace0.0 > "$drivers/nd_pmem/unbind"
echo 0 > "$devices/namespace0.0/force_raw"
echo $((2 << 20)) > "$devices/dax0.0/align"
cat /proc/sys/kernel/random/uuid > "$devices/dax0.0/uuid"
echo pmem > "$devices/dax0.0/mode"
echo namespace0.0 > "$devices/dax0.0/namespace"
echo dax0.0 > "$drivers/dax_pmem/bind"
cache=/dev/dax0.0
[ -c "$cache" ] || skip "the kernel has made no $cache"

backing=$(realpath /dev/vm/backing)
line=$(table "$(blockdev --getsz "$backing")" "$cache" "$backing" false)
head -c 32M /dev/urandom > "$work/data"
pcachectl create demo --table "$line"
device=$(path demo)
said "device-DAX persistent memory"
machine_check "$devices/region0/badblocks" 1 $(($(cat /sys/bus/dax/devices/dax0.0/resource) + $(place 8 $((1 << 20)))))
for ((at = 0; at < 448; at += 32)); do dd if="$work/data" of="$device" bs=1M seek="$at" oflag=direct conv=fsync status=none; done
said "segment 8 is not used any more: cache device $cache: the kernel lists a bad block at byte $(place 8 $((1 << 20)))"
pcachectl remove demo
pcachectl check "$cache"
pcachectl create demo --table "$line"
device=$(path demo)
for ((at = 0; at < 448; at += 32)); do
  dd if="$device" bs=1M skip="$at" count=32 iflag=direct status=none | cmp - "$work/data" || fail "MiB $at: the data is not what was written"
done
pcachectl remove demo
nothing_left
! dmesg | grep -E 'WARNING:|BUG:|Oops|Call Trace|blocked for more than' || fail "the kernel has complained"
