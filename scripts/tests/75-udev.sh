#!/usr/bin/env bash
# What udev is told of block devices: which are backing devices, in use or of the tab, and which links stay.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/testing.sh"
workspace

mkdir -p "$work/lib/systemd/system-generators" "$work/run/control/3" "$work/sys/dev/block/8:16/holders" "$work/sys/disk/part" "$work/dev"
ln -s control/3 "$work/run/fast"
cp "$tree/scripts/system/pcache-generator" "$work/lib/systemd/system-generators/"
sed "s|@UNITS@|$work/lib/systemd/system|g" "$tree/scripts/system/udev-backing" > "$work/udev-backing"
: > "$work/dev/sdb"
: > "$work/tab"

# asked [VARIABLE=VALUE...]: what is printed for a disk 8:16 with a file system, or for what the variables say.
asked() {
  env PCACHE_TAB="$work/tab" PCACHE_SYSFS="$work/sys" MAJOR=8 MINOR=16 DEVTYPE=disk DEVPATH=/disk DEVNAME="$work/dev/sdb" \
    DEVLINKS="/dev/disk/by-uuid/ab-12 /dev/disk/by-label/my\\x20disk /dev/disk/by-id/wwn-0x5 /dev/disk/by-id/lvm-pv-uuid-x /dev/disk/by-partuuid/9-01" "$@" \
    sh "$work/udev-backing"
}
hidden() { # NAME
  printf 'PCACHE_HIDE=1\nPCACHE_BACKING=%s\nPCACHE_LINKS=%s' "$1" \
    "disk/pcache-backing/by-uuid/ab-12 disk/pcache-backing/by-label/my\\x20disk disk/by-id/wwn-0x5 disk/by-partuuid/9-01 disk/pcache-backing/by-name/$1"
}

printf '# nothing\n\n' > "$work/tab"
equal "of a device that is nobody's" "" "$(asked)"
for word in UUID=ab-12 'LABEL=my\040disk' ID=wwn-0x5 /dev/disk/by-uuid/ab-12 "$work/dev/./sdb" PARTUUID=9-01; do
  printf '# two\nother /c /dev/sdc\nslow /c %s nofail,noauto' "$word" > "$work/tab"
  equal "of a device of the tab by $word" "$(hidden slow)" "$(asked)"
done
ln -s sdb "$work/dev/link"
echo "slow /c $work/dev/link" > "$work/tab"
equal "of a device of the tab by a link of somebody's" "$(hidden slow)" "$(asked)"
echo "slow relative UUID=ab-12 discard" > "$work/tab"
equal "of a device whose line cannot be used" "$(hidden slow)" "$(asked)"

# Something uses the device itself, and hiding the device would take it away from that user.
: > "$work/sys/dev/block/8:16/holders/dm-0"
equal "of a device of the tab that device-mapper holds" "" "$(asked)"
rm "$work/sys/dev/block/8:16/holders/dm-0"
mounted=$(awk '$4 == "/" { print $3; exit }' /proc/self/mountinfo)
equal "of a device of the tab that is mounted" "" "$(asked MAJOR="${mounted%:*}" MINOR="${mounted#*:}")"

: > "$work/tab"
: > "$work/run/control/3/backing-8:16"
equal "of a device in use" "$(hidden fast)" "$(asked)"
equal "of another device" "" "$(asked MAJOR=8 MINOR=1)"
echo 8:16 > "$work/sys/disk/dev"
equal "of a partition of a device in use" "PCACHE_HIDE=1
PCACHE_BACKING=fast
PCACHE_LINKS=disk/by-path/x-part1 disk/pcache-backing/by-name/fast-part1" \
  "$(asked MINOR=17 DEVTYPE=partition DEVPATH=/disk/part PARTN=1 DEVLINKS="/dev/disk/by-uuid/cd /dev/disk/by-path/x-part1 /dev/disk/by-partuuid/9-01")"
rm "$work/run/control/3/backing-8:16"
[[ $(asked MINOR=17 DEVTYPE=partition DEVPATH=/disk/part PARTN=1 PCACHE_BACKING=slow) == *"by-name/slow-part1" ]] || fail "a partition of a device of the tab is not hidden"
equal "of a device that is in use no more" "" "$(asked)"
