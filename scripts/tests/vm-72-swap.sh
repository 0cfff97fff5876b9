#!/usr/bin/env bash
# A program takes several hundred MiB more than a guest of 1 GiB has, with the device as swap: no byte is wrong.
# Nothing stands still.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/guest.sh"
require jq=jq mkfs.ext4=e2fsprogs python3=python3-minimal || skip "the tools are not there"
in_guest --memory 1G --pmem cache=cache:700M --unsafe-drive backing=backing:1G

swapped=400
if quick; then swapped=250; fi
mkdir "$work/dax"
mkfs.ext4 -q /dev/vm/cache
mount -o dax /dev/vm/cache "$work/dax" || skip "no DAX file system in this guest"
fallocate -l 544M "$work/dax/cache"
backing=$(realpath /dev/vm/backing)
pcachectl create demo --table "$(table "$(($(blockdev --getsize64 "$backing") / 512))" "$work/dax/cache" "$backing" false)"
mkswap "$(path demo)" >/dev/null
swapon "$(path demo)"
available=$(awk '/^MemAvailable:/ {print int($2 / 1024)}' /proc/meminfo)
timeout 400 python3 "$tree/scripts/lib/memory_hog.py" $((available + swapped)) || fail "the program that was swapped ended with status $?"
out=$(awk '/^pswpout/ {print int($2 / 256)}' /proc/vmstat)
echo "$out MiB were swapped out"
[ "$out" -ge "$swapped" ] || fail "only $out MiB were swapped out"
swapoff "$(path demo)"
pcachectl remove demo
umount "$work/dax"
nothing_left
no_kernel_complaints
