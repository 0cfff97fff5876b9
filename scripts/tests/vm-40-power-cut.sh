#!/usr/bin/env bash
# Power cuts under load, with the cache on a file, block devices and a DAX file: synced data is there, fsck is clean.
#   vm-40-power-cut.sh [CUTS [KIND...]]
# CUTS of each KIND: 2 (1 with PCACHE_QUICK=1) of file, block and dax; 10 (2 with PCACHE_QUICK=1) of volatile.
# At every cut, QEMU is killed while programs in the guest write and sync files on the device; the next boot checks. With
# volatile, the cache device and the backing device are disks that lose at a cut what was not flushed.
# seconds: 2400
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/guest.sh"
require jq=jq mkfs.ext4=e2fsprogs mkfs.xfs=xfsprogs || skip "the tools are not there"

readonly MARKER='=== now'

# In the guest: sets up the cache device of this kind, and mounts the file system around it if it needs one.
cache_device() {
  local mode device
  case $1 in
    block | volatile) realpath /dev/vm/cache; return ;;
    file) mode=defaults device=/dev/vm/cache ;;
    dax) mode=dax=always device=/dev/vm/memory ;;
  esac
  mkdir -p /tmp/around
  blkid "$device" >/dev/null || mkfs.ext4 -q -b 4096 "$device" >&2
  mount -o "$mode" "$device" /tmp/around
  [ -e /tmp/around/cache ] || { fallocate -l 544M /tmp/around/cache; sync /tmp/around; }
  echo /tmp/around/cache
}

# Writes files of random data, named for their number and checksum. A printed number says that the file is on stable
# storage.
write_files() { # FIRST STEP
  local number file
  for ((number = $1; ; number += $2)); do
    file=/tmp/mounted/file-$number
    head -c $((1 + RANDOM % 200000)) /dev/urandom > "$file"
    mv "$file" "$file.$(sha256sum < "$file" | head -c 64)"
    sync "$file".* /tmp/mounted
    echo "synced $number"
    echo >> "/tmp/written-$1"
  done
}

# Writes that nobody syncs, so that there is something to lose at any time.
overwrite() {
  dd if=/dev/zero of=/tmp/mounted/unsynced bs=64k count=64 conv=fsync status=none
  while :; do dd if=/dev/urandom of=/tmp/mounted/unsynced bs=4k count=1000 oflag=direct conv=notrunc status=none; done
}

# Returns when so many files are synced, while both writers are in the middle of the next file.
await_files() { # NUMBER
  local deadline=$((SECONDS + 180))
  until [ "$(cat /tmp/written-* 2>/dev/null | wc -l)" -ge "$1" ]; do
    [ "$SECONDS" -lt "$deadline" ] || fail "no $1 files in three minutes"
    sleep 0.0$((RANDOM % 10))
  done
}

check_files() { # NUMBER...: the files that were synced, each of which must be there and whole
  local number file
  for number in "$@"; do
    file=$(find /tmp/mounted -name "file-$number.*")
    [ -n "$file" ] || fail "file $number was synced and is not there"
    equal "content of file $number" "${file##*.}" "$(sha256sum < "$file" | head -c 64)"
  done
  echo "$# synced files are whole"
}

guest() { # KIND ROUND FILE-SYSTEM SYNCED...
  local kind=$1 round=$2 type=$3 line device
  shift 3
  guest_setup
  mkdir -p /tmp/mounted
  line=$(table "$(($(blockdev --getsize64 /dev/vm/backing) / 512))" "$(cache_device "$kind")" "$(realpath /dev/vm/backing)")
  pcachectl create demo --table "$line"
  pcachectl info demo
  [ "$kind" = dax ] || by_direct_io demo
  if [ "$kind" = volatile ]; then equal "cache of the disk" "write back" "$(cat "/sys/block/$(basename "$(realpath /dev/vm/cache)")/queue/write_cache")"; fi
  device=$(path demo)
  if [ "$round" = 1 ]; then "mkfs.$type" -q "$device"; fi
  mount "$device" /tmp/mounted
  check_files "$@"
  # The mount has replayed the journal; the rest must be sound.
  umount /tmp/mounted
  case $type in
    ext4) e2fsck -fn "$device" ;;
    xfs) xfs_repair -n "$device" ;;
  esac >/tmp/fsck 2>&1 || { cat /tmp/fsck; fail "$type is damaged"; }
  mount "$device" /tmp/mounted
  no_kernel_complaints
  if [ "$round" = last ]; then
    umount /tmp/mounted
    pcachectl remove demo
    nothing_left
    return
  fi
  rm -f /tmp/mounted/file-*
  sync
  write_files 1 2 & write_files 2 2 &
  if [ "$kind" = volatile ]; then overwrite & fi
  await_files $((3 + RANDOM % 8))
  echo "$MARKER"
  wait
}

if inside; then
  guest "$@"
  exit
fi

few=2 many=10
if quick; then few=1 many=2; fi
if [ $# -gt 0 ]; then few=$1 many=$1; shift; fi
kinds=("$@")
[ ${#kinds[@]} -gt 0 ] || kinds=(file block dax volatile)
guest_files
types=(ext4 xfs)
for kind in "${kinds[@]}"; do
  rm -f ./*.img
  cuts=$few drive=--drive
  if [ "$kind" = volatile ]; then cuts=$many drive=--volatile-drive; fi
  options=(--memory 2G "$drive" "cache=cache.img:640M" "$drive" "backing=backing.img:512M" --pmem "memory=memory.img:640M")
  synced=() lost=0
  # One file system for each kind, in turn: both for each kind would need twice as many boots.
  type=${types[0]} types=("${types[1]}" "${types[0]}")
  for ((round = 1; round <= cuts; round++)); do
    echo "== cache on $kind, $type, cut $round of $cuts"
    boot "${options[@]}" --power-cut-after "$MARKER" -- "$kind" "$round" "$type" "${synced[@]}" | tee output | sed '/^synced/d'
    mapfile -t synced < <(sed -n 's/^synced \([0-9]*\)$/\1/p' output)
    [ ${#synced[@]} -gt 0 ] || fail "nothing was synced before the cut"
    if grep -q '^cache.img: .* lost' output; then lost=$((lost + 1)); fi
  done
  [ "$kind" != volatile ] || [ "$lost" -gt 0 ] || fail "no cut has lost anything of the cache device"
  echo "== cache on $kind, $type, after the last cut"
  boot "${options[@]}" -- "$kind" last "$type" "${synced[@]}"
done
