#!/usr/bin/env bash
# A Debian with systemd and the package installed: the tab's devices come before what is on them, by UUID, LVM and LUKS.
# systemd is the first process. The bare backing device is never taken.
# seconds: 2400
#   vm-95-systemd.sh    with PCACHE_QUICK=1 less data, and no boot after a power cut; with CI=true skipped
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/testing.sh"
[ "${CI:-}" != true ] || skip "to fetch a Debian, package for it and boot it twice takes too long here"
[ "$(id -u)" = 0 ] || skip "a Debian in a folder needs root"
require debootstrap=debootstrap dpkg-deb=dpkg mkfs.ext4=e2fsprogs blkid=util-linux || skip "the tools are not there"
jlink=$(dirname "$(realpath "$(command -v javac)")")/jlink
[ -x "$jlink" ] || skip "the JDK has no jlink"
export JAVA_HOME=${jlink%/bin/jlink}

cache=${XDG_CACHE_HOME:-$HOME/.cache}/pcache/vm
system=$cache/debian-systemd-lvm-cryptsetup
mkdir -p "$cache"

# Debian 12's own systemd and udev, fetched once; to get newer ones, remove the folder.
fetch_system() {
  local unpacking
  exec 8>"$cache/systemd-lock"
  flock 8
  [ ! -d "$system" ] || return 0
  unpacking=$(mktemp -d "$cache/unpacking-XXXXXX")
  debootstrap --variant=minbase --include=systemd,systemd-sysv,udev,dbus,kmod,e2fsprogs,procps,lvm2,cryptsetup-bin bookworm "$unpacking" \
    "${PCACHE_DEBIAN_MIRROR:-http://deb.debian.org/debian}" > "$cache/debootstrap.log" 2>&1 \
    || { rm -rf "$unpacking"; skip "no Debian with systemd can be had: $(tail -n 1 "$cache/debootstrap.log")"; }
  rm -rf "$unpacking"/var/cache/apt/archives/*.deb "$unpacking"/var/lib/apt/lists/*
  chmod 755 "$unpacking"
  mv -T "$unpacking" "$system"
}

fetch_system
exec 8>&-
# Not in /tmp, because the guest has a file system of its own there.
work=$(mktemp -d "$cache/system-XXXXXX")
leave() {
  umount -l "$work/root/proc" 2>/dev/null || true
  rm -rf "$work"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
chmod 755 "$work"
root=$work/root
mkdir "$root" "$work/empty"
cp -a "$system/." "$root/"

package=$("$tree/scripts/package" --output "$work" | tail -n 1)
mount -t proc proc "$root/proc"
cp "$package" "$root/root/"
chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C dpkg -i "/root/${package##*/}" > "$work/dpkg" 2>&1 \
  || fail "the package does not install: $(cat "$work/dpkg")"
umount "$root/proc"

truncate -s 544M "$work/cache" "$work/lvm-cache" "$work/luks-cache"
truncate -s 512M "$work/backing"
truncate -s 64M "$work/lvm-backing" "$work/luks-backing"
mkfs.ext4 -q "$work/backing"
uuid=$(blkid -p -s UUID -o value "$work/backing")
luks=6c1d9a52-4f40-4a55-9d7e-0f3b1c2d4e5f

# As an administrator does it. The names of the disks are udev's. The content of the first device is found by its UUID,
# and so is its backing device.
cat >> "$root/etc/pcache/tab" <<TAB
data  /dev/disk/by-id/virtio-cache       UUID=$uuid
lvm   /dev/disk/by-id/virtio-lvm-cache   /dev/disk/by-id/virtio-lvm-backing
luks  /dev/disk/by-id/virtio-luks-cache  /dev/disk/by-id/virtio-luks-backing
typo  /dev/vdz                           /dev/vdy                               discard
TAB
sed -i "s/$uuid\$/& device-timeout=600/; s/-backing\$/& device-timeout=600/" "$root/etc/pcache/tab"
echo "UUID=$uuid /srv/data ext4 defaults 0 2" >> "$root/etc/fstab"
# For boots after the first, which makes the content of the second and the third device.
stack() {
  echo "/dev/mapper/group-volume /srv/lvm ext4 defaults 0 2" >> "$root/etc/fstab"
  echo "/dev/mapper/secret /srv/luks ext4 defaults 0 2" >> "$root/etc/fstab"
  echo "secret UUID=$luks /root/key luks" > "$root/etc/crypttab"
}
# For a boot without the cache devices: the system comes up all the same.
may_fail() {
  sed -i 's/device-timeout=600/nofail,device-timeout=20/' "$root/etc/pcache/tab"
  sed -i 's/defaults/&,nofail,x-systemd.device-timeout=20/' "$root/etc/fstab"
  sed -i 's/luks$/&,nofail,x-systemd.device-timeout=20/' "$root/etc/crypttab"
}
echo "a key for this test" > "$root/root/key"
chmod 600 "$root/root/key"
echo 'devices { global_filter = [ "r|^/dev/disk/pcache-backing/|" ] }' > "$root/etc/lvm/lvmlocal.conf"
mkdir "$root/srv/data" "$root/srv/lvm" "$root/srv/luks"
echo pcache-guest > "$root/etc/hostname"
tr -d - < /proc/sys/kernel/random/uuid > "$root/etc/machine-id"
# In emulation, and on a busy machine, everything takes longer.
mkdir -p "$root/etc/systemd/system.conf.d" "$root/etc/systemd/system/multi-user.target.wants"
printf '[Manager]\nDefaultTimeoutStartSec=600\nDefaultDeviceTimeoutSec=600\n' > "$root/etc/systemd/system.conf.d/slow.conf"
for unit in getty.target apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer; do
  ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
cat > "$root/etc/systemd/system/check.service" <<'UNIT'
[Unit]
After=local-fs.target systemd-journald.service dbus.service

[Service]
ExecStart=/bin/bash -c 'exec /root/check > /dev/virtio-ports/output 2>&1'
UNIT
ln -s ../check.service "$root/etc/systemd/system/multi-user.target.wants/check.service"

cat > "$root/root/check" <<'CHECK'
#!/bin/bash
# Runs in the system, as a service. A word of the kernel's command line says what to do.
set -euo pipefail
export LC_ALL=C SYSTEMD_COLORS=0
cd /root
mebibytes=$(sed -n 's/.*check\.mebibytes=\([0-9]*\).*/\1/p' /proc/cmdline)
uuid=$(sed -n 's/^UUID=\([^ ]*\).*/\1/p' /etc/fstab)
luks=$(sed -n 's/.*check\.luks=\([^ ]*\).*/\1/p' /proc/cmdline)
fail() { echo "FAILED: $*"; exit 1; }
equal() { [ "$2" = "$3" ] || fail "$1: expected '$2', found '$3'"; }
leave() {
  local status=$?
  if [ "$status" != 0 ]; then
    systemctl --no-pager --failed || true
    systemctl --no-pager status 'pcache@*' srv-data.mount || true
    for disk in /dev/vd? /dev/ublkb?; do udevadm info "$disk" || true; done
    lsblk -o NAME,FSTYPE,UUID,MOUNTPOINTS || true
    journalctl --no-pager -n 60 || true
    cat /run/pcache/*/log || true
  fi
  dmesg > /dev/virtio-ports/dmesg
  echo "$status" > /dev/virtio-ports/status
  echo "powers off"
  if grep -qw check.power-cut /proc/cmdline; then sleep infinity; fi
  systemctl poweroff --no-block
}
trap leave EXIT

property() { systemctl show -P "$2" "$1"; }
# The bare device is there, and nobody finds it by its content.
hidden() { # BY-ID
  local bare
  bare=$(realpath "/dev/disk/by-id/virtio-$1")
  udevadm settle
  udevadm info -q property "$bare" > property
  for line in SYSTEMD_READY=0 UDISKS_IGNORE=1 ID_FS_TYPE=pcache_backing; do
    grep -qx "$line" property || fail "$1 ($bare) has not $line: $(cat property)"
  done
  if udevadm info -q symlink "$bare" | grep -E '(^| )disk/by-(uuid|label)/'; then fail "$1 ($bare) has links by its content"; fi
}
# by_content DEVICE UUID: the UUID leads to the cached device.
by_content() { equal "/dev/disk/by-uuid/$2" "$(realpath "/dev/pcache/$1")" "$(realpath "/dev/disk/by-uuid/$2")"; }
# The content of devices with LVM and LUKS is mounted from the cached devices, and is nowhere a second time.
stacked() {
  local name sum
  for name in lvm luks; do
    findmnt "/srv/$name" > findmnt || fail "/srv/$name is not mounted"
    sha256sum --quiet -c "/srv/$name/file.sum" || fail "the file on $name is not what it was"
    [[ $(lsblk -nso NAME "$(findmnt -no SOURCE "/srv/$name")") == *ublkb* ]] || fail "$name is not on a cached device: $(lsblk -s)"
    hidden "$name-backing"
  done
  by_content luks "$luks"
  pvs --noheadings -o pv_name > pvs 2> pvs-said || fail "pvs: $(cat pvs-said)"
  equal "what pvs says of duplicates" "" "$(cat pvs-said)"
  equal "physical volumes" "$(realpath /dev/pcache/lvm)" "$(realpath "$(tr -d ' ' < pvs)")"
}
running() {
  equal "the unit" active "$(property pcache@data.service ActiveState)"
  device=$(findmnt -no SOURCE /srv/data) || fail "the file system is not mounted"
  [[ $device == /dev/ublkb* ]] || device=$(realpath "$device")
  [[ $device == /dev/ublkb* ]] || fail "the file system is on $device"
  [ "$(property pcache@data.service ActiveEnterTimestampMonotonic)" -lt "$(property srv-data.mount InactiveExitTimestampMonotonic)" ] \
    || fail "the mount did not wait for the device"
  for link in /dev/pcache/data /dev/mapper/data; do equal "$link" "$device" "$(realpath "$link")"; done
  [[ " $(udevadm info -q symlink "$device") " == *" pcache/data "* ]] || fail "udev does not know the name: $(udevadm info -q symlink "$device")"
  by_content data "$uuid"
  hidden backing
  journalctl --no-pager -t pcache-generator -o cat > generator
  grep -q "line [0-9]*: unknown option 'discard'" generator || fail "the journal does not tell of the line that is wrong: $(cat generator)"
  systemctl --no-pager status pcache@data.service > status || fail "systemctl status: $(cat status)"
  grep -q 'pcache device data' status || fail "systemctl status does not name the device: $(cat status)"
  [[ $(pcachectl status data) == "0 "*" pcache "* ]] || fail "pcachectl status: $(pcachectl status data)"
  # The entry may still be on its way to journald.
  journalctl --no-pager --sync
  journalctl --no-pager -q PCACHE_DEVICE=data -o cat | grep -q 'device data, minor [0-9]*, front end ublk' || fail "the journal has not what the target said"
}
case $(cat /proc/cmdline) in
  *check.first*)
    running
    echo "boot $(systemd --version | head -n 1): $device is mounted"
    pvcreate -q /dev/pcache/lvm
    vgcreate -q group /dev/pcache/lvm
    lvcreate -q -y -n volume -l 100%FREE group
    cryptsetup luksFormat -q --uuid "$luks" --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file key /dev/pcache/luks
    cryptsetup open --key-file key /dev/pcache/luks secret
    for name in lvm luks; do
      device=/dev/mapper/group-volume
      [ "$name" = lvm ] || device=/dev/mapper/secret
      mkfs.ext4 -q "$device"
      mount "$device" "/srv/$name"
      head -c 1M /dev/urandom > "/srv/$name/file"
      sha256sum "/srv/$name/file" > "/srv/$name/file.sum"
    done
    stacked
    echo "LVM and LUKS are on it"
    head -c "${mebibytes}M" /dev/urandom > /srv/data/first
    sha256sum /srv/data/first > /srv/data/first.sum
    sync
    if [ "$mebibytes" -gt 8 ]; then
      pid=$(cut -d ' ' -f 1 /run/pcache/data/lock)
      kill -9 "$pid"
      echo 3 > /proc/sys/vm/drop_caches
      sha256sum --quiet -c /srv/data/first.sum || fail "the file is not what it was after kill -9 of the target"
      [ "$(cut -d ' ' -f 1 /run/pcache/data/lock)" != "$pid" ] || fail "there is no other target"
      running
      echo "lives on after kill -9 of the target"
      # A device in use is not stopped: the unit fails, and the device goes on to serve.
      systemctl stop pcache@data.service || true
      equal "the unit of a mounted device that was told to stop" failed "$(property pcache@data.service ActiveState)"
      findmnt /srv/data > findmnt || fail "the file system has gone with a unit that did not stop"
      touch /srv/data/touched || fail "the file system does not work any more"
      systemctl start pcache@data.service
      equal "the unit" active "$(property pcache@data.service ActiveState)"
    fi
    # Nobody waits for this file: at the unmount, its pages go from the page cache to the cache.
    head -c "${mebibytes}M" /dev/urandom > second
    cp second /srv/data/second
    sha256sum < second > /srv/data/second.sum ;;
  *check.second*)
    running
    sha256sum --quiet -c /srv/data/first.sum || fail "the first file is not what it was"
    stacked
    echo "LVM and LUKS came by themselves"
    equal "the second file" "$(cat /srv/data/second.sum)" "$(sha256sum < /srv/data/second)"
    grep -o 'replayed: .*' /run/pcache/data/log || fail "the cache is a new one: $(cat /run/pcache/data/log)"
    ! journalctl -q --no-pager -k | grep -E 'EXT4-fs (error|warning)|recovery complete' || fail "the file system was not unmounted in order"
    if grep -qw check.power-cut /proc/cmdline; then
      head -c "${mebibytes}M" /dev/urandom > /srv/data/third
      sha256sum /srv/data/third > /srv/data/third.sum
      sync
      echo "cut now"
      sleep infinity
    fi ;;
  *check.third*)
    running
    sha256sum --quiet -c /srv/data/third.sum || fail "what was synced before the power cut is not there" ;;
  *check.bare*)
    # Each unit waits for its device, and gives up.
    for name in data lvm luks; do
      if systemctl start "pcache@$name.service" "srv-$name.mount" 2> said; then fail "pcache@$name and what is on it start without its cache device"; fi
    done
    udevadm trigger --settle --subsystem-match=block
    for name in backing lvm-backing luks-backing; do hidden "$name"; done
    for name in data lvm luks; do
      [ "$(property "pcache@$name.service" ActiveState)" != active ] || fail "pcache@$name is active without its cache device"
      if findmnt "/srv/$name"; then fail "/srv/$name is mounted without its cache"; fi
    done
    for file in "/dev/disk/by-uuid/$uuid" "/dev/disk/by-uuid/$luks" /dev/mapper/group-volume /dev/mapper/secret; do
      [ ! -e "$file" ] || fail "there is $file: $(realpath "$file")"
    done
    equal "the bare file system" "$(realpath /dev/disk/by-id/virtio-backing)" "$(realpath "/dev/disk/pcache-backing/by-uuid/$uuid")"
    equal "volume groups" "" "$(vgs --noheadings 2>&1)"
    # Without the line in the tab, the file system can be used without its cache.
    sed -i '/^data/d' /etc/pcache/tab
    udevadm trigger --settle --action=change "$(realpath /dev/disk/by-id/virtio-backing)"
    equal "by UUID, when the tab does not name it" "$(realpath /dev/disk/by-id/virtio-backing)" "$(realpath "/dev/disk/by-uuid/$uuid")"
    echo "without cache devices nothing is taken from the bare ones" ;;
esac
CHECK
chmod 755 "$root/root/check"

mebibytes=48
if quick; then mebibytes=8; fi

# boot WORD [OPTION...]: boots with the backing devices; $caches holds the cache devices.
boot() {
  local word=$1 status=0 drives=() name
  shift
  for name in "${caches[@]}" backing lvm-backing luks-backing; do drives+=(--drive "$name=$work/$name"); done
  "$tree/scripts/vm" --kernel "${PCACHE_KERNEL:-6.12}" --memory 3G --timeout 1000 --tree "$work/empty" "${drives[@]}" \
    --append "pcache.system systemd.unit=multi-user.target systemd.show_status=1 check.mebibytes=$mebibytes check.luks=$luks $word" "$@" "$tree/scripts/vm.d/system" "$root" || status=$?
  return "$status"
}

caches=(cache lvm-cache luks-cache)
boot check.first
stack
if quick; then
  boot check.second
else
  boot "check.second check.power-cut" --power-cut-after "cut now"
  boot check.third
fi
caches=()
may_fail
boot check.bare
