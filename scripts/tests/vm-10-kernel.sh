#!/usr/bin/env bash
# The guest's kernel has what the other tests need: ublk, the file systems, persistent memory with DAX; Java runs.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/guest.sh"
in_guest --memory 2G --unsafe-drive disk=disk:512M --pmem memory=memory:512M

uname -r
java -version
for module in ext4 xfs dm-flakey; do modprobe "$module" || fail "no module $module"; done
[ -b /dev/vm/disk ] || fail "no disk"
mkfs.ext4 -q -b 4096 /dev/vm/memory
mkdir "$work/dax"
mount -o dax=always /dev/vm/memory "$work/dax"
umount "$work/dax"
no_kernel_complaints
