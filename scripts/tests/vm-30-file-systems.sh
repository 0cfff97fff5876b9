#!/usr/bin/env bash
# ext4 and xfs on the device: random file operations against a model, fsck, and all again after remove and create.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/guest.sh"
require jq=jq python3=python3-minimal mkfs.ext4=e2fsprogs mkfs.xfs=xfsprogs || skip "the tools are not there"
in_guest --memory 3G --unsafe-drive cache=cache:544M --unsafe-drive backing=backing:640M

operations=2000 files=3
if quick; then operations=300 files=1; fi
line=$(table "$(($(blockdev --getsize64 /dev/vm/backing) / 512))" "$(realpath /dev/vm/cache)" "$(realpath /dev/vm/backing)")
mkdir "$work/mounted"

check() { # FILE-SYSTEM DEVICE
  case $1 in
    ext4) e2fsck -fn "$2" ;;
    xfs) xfs_repair -n "$2" ;;
  esac >"$work/fsck" 2>&1 || { cat "$work/fsck"; fail "$1 is damaged"; }
}

for type in ext4 xfs; do
  pcachectl create demo --table "$line"
  device=$(path demo)
  case $type in
    ext4) mkfs.ext4 -q -F "$device" ;;
    xfs) mkfs.xfs -q -f "$device" ;;
  esac
  mount "$device" "$work/mounted"
  for ((file = 1; file <= files; file++)); do
    /usr/bin/python3 "$lib/file_exerciser.py" "$work/mounted/file$file" "$operations" "$RANDOM" > "$work/sum$file"
  done
  cp -a "$tree" "$work/mounted/tree"
  (cd "$work/mounted" && find . -type f -exec sha256sum {} + | sort) > "$work/before"
  umount "$work/mounted"
  check "$type" "$device"

  pcachectl remove demo
  pcachectl create demo --table "$line"
  device=$(path demo)
  check "$type" "$device"
  mount "$device" "$work/mounted"
  for ((file = 1; file <= files; file++)); do
    equal "sum of file $file" "$(cat "$work/sum$file")" "$(sha256sum < "$work/mounted/file$file" | awk '{print $1}')"
  done
  (cd "$work/mounted" && find . -type f -exec sha256sum {} + | sort) > "$work/after"
  cmp "$work/before" "$work/after"
  umount "$work/mounted"
  pcachectl remove demo
  nothing_left
  echo "$type: $((files * operations)) operations and $(wc -l < "$work/after") files as they should be"
done
no_kernel_complaints
