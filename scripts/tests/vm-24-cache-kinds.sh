#!/usr/bin/env bash
# Caches that Linux's own target wrote, on a disk: direct, buffered, direct, on DAX, and on a disk again; nothing is lost.
# The backing device takes no writes until the end, so at each change all that was written is in the cache only.
# seconds: 2400
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/guest.sh"
require jq=jq zstd=zstd dmsetup=dmsetup mkfs.ext4=e2fsprogs || skip "the tools are not there"

if ! inside; then
  images=(dirty-crc dirty-nocrc-overlap clean-readfill wrapped gc-past-last unflushed-tail)
  if quick; then images=(dirty-crc); fi
  guest_files
  # Of the cache disks, the second has blocks of 4096 bytes.
  drives=(--block-size cache-2=4096) arguments=()
  for image in "${images[@]}"; do
    folder=$tree/pcache-core/src/test/resources/kernel-media/$image
    for disk in cache backing; do
      zstd -q -d --sparse "$folder/$disk.img.zst" -o "$disk-$image"
      drives+=(--unsafe-drive "$disk-$((${#arguments[@]} / 3 + 1))=$disk-$image")
    done
    arguments+=("$image" "$(jq -r .data_crc "$folder/manifest.json")" "$(jq -r .logical.sha256 "$folder/manifest.json")")
  done
  boot --memory 2G --timeout 2300 "${drives[@]}" --pmem memory=memory:640M -- "${arguments[@]}"
  exit
fi
guest_setup
modprobe -a dm-mod dm-flakey
mkdir "$work/dax"
mkfs.ext4 -q -b 4096 /dev/vm/memory
mount -o dax=always /dev/vm/memory "$work/dax"

activate() { # CACHE direct|buffered|memory
  local said option=()
  [ "$2" != buffered ] || option=(--cache-io buffered)
  pcachectl create demo "${option[@]}" --table "$(table "$sectors" "$1" "$backing" "$data_crc")"
  device=$(path demo)
  said=$(info demo cache)
  case $2 in
    direct) by_direct_io demo ;;
    buffered) [[ $said == *"; data and log through the page cache" ]] || fail "info says: $said" ;;
    memory) [[ $said == *DAX* && $said != *"; data "* ]] || fail "info says: $said" ;;
  esac
}
content() {
  blockdev --flushbufs "$device"
  dd if="$device" bs=1M iflag=direct status=none
}
same() { content | cmp - "$work/expected" || fail "$image: something else is read $1"; }
# Overwrites 4 MiB without a flush. Most of the range is that of the call before, so later data has to win.
overwrite() {
  local kib=$((writes++ * 257 + 1))
  head -c 4M /dev/urandom > "$work/new"
  dd if="$work/new" of="$device" bs=64k oflag=direct,seek_bytes seek="${kib}K" status=none
  dd if="$work/new" of="$work/expected" bs=64k oflag=seek_bytes seek="${kib}K" conv=notrunc status=none
}
is_clean() { pcachectl stats demo --json | jq -e '.stats.clean | select(.)' > /dev/null; }
leave() { # CACHE: removes the device, with dirty data in the cache
  ! is_clean || fail "$image: nothing is dirty"
  pcachectl remove demo
  pcachectl check "$1" > "$work/checked" || fail "$image: check finds: $(cat "$work/checked")"
}

number=0
while [ $# -gt 0 ]; do
  image=$1 data_crc=$2 logical=$3
  shift 3
  number=$((number + 1)) writes=0
  cache=$(realpath "/dev/vm/cache-$number") disk=$(realpath "/dev/vm/backing-$number") backing=/dev/mapper/backing
  sectors=$(blockdev --getsz "$disk")
  dmsetup create backing --table "0 $sectors flakey $disk 0 0 1 1 error_writes"
  dmsetup mknodes

  echo "== $image: direct"
  activate "$cache" direct
  content > "$work/expected"
  equal "what the kernel's target held" "$logical" "$(sha256sum < "$work/expected" | head -c 64)"
  overwrite
  leave "$cache"

  echo "== $image: buffered"
  activate "$cache" buffered
  same "by buffered I/O"
  overwrite
  kill_target demo
  same "by the successor of a target with buffered I/O"
  leave "$cache"

  echo "== $image: direct again"
  activate "$cache" direct
  same "by direct I/O"
  overwrite
  kill_target demo
  same "by the successor of a target with direct I/O"
  leave "$cache"

  echo "== $image: copied to DAX"
  dd if="$cache" of="$work/dax/cache" bs=1M iflag=direct conv=fsync status=none
  activate "$work/dax/cache" memory
  same "from DAX"
  overwrite
  leave "$work/dax/cache"

  echo "== $image: copied back to the disk"
  dd if="$work/dax/cache" of="$cache" bs=1M oflag=direct conv=fsync status=none
  rm "$work/dax/cache"
  activate "$cache" direct
  same "from a copy of what was on DAX"
  dmsetup suspend --noflush --nolockfs backing
  dmsetup load backing --table "0 $sectors linear $disk 0"
  dmsetup resume backing
  pcachectl message demo 0 writeback
  until is_clean; do read -rt 0.5 <> <(:) || true; done
  pcachectl remove demo
  dd if="$disk" bs=1M iflag=direct status=none | cmp - "$work/expected" || fail "$image: the backing device has something else"
  dmsetup remove backing
  nothing_left
done
umount "$work/dax"
# The backing device took no writes.
no_kernel_complaints 'I/O error'
