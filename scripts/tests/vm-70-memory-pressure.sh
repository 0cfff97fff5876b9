#!/usr/bin/env bash
# Buffered writes far above the guest's memory to a file system on the device: slow, but never a deadlock.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/guest.sh"
require jq=jq fio=fio mkfs.ext4=e2fsprogs || skip "the tools are not there"
in_guest --memory 768M --unsafe-drive cache=cache:544M --unsafe-drive backing=backing:2G

mebibytes=1536
if quick; then mebibytes=768; fi
pcachectl create demo --table "$(table "$(($(blockdev --getsize64 /dev/vm/backing) / 512))" "$(realpath /dev/vm/cache)" \
  "$(realpath /dev/vm/backing)" false)"
mkdir "$work/mounted"
mkfs.ext4 -q "$(path demo)"
mount "$(path demo)" "$work/mounted"
# As much dirty memory as the kernel allows, so that dirty memory must be written back to make room for anything.
echo 90 > /proc/sys/vm/dirty_ratio
echo 80 > /proc/sys/vm/dirty_background_ratio
fio --name=pressure --directory="$work/mounted" --ioengine=psync --rw=write --bs=256k --numjobs=2 --size=$((mebibytes / 2))M \
  --end_fsync=1 --verify=crc32c --verify_fatal=1 --verify_state_save=0 --group_reporting --output="$work/fio" || { cat "$work/fio"; fail "fio"; }
grep -E '^ +(read|write):' "$work/fio"
free -m
umount "$work/mounted"
pcachectl remove demo
nothing_left
no_kernel_complaints
