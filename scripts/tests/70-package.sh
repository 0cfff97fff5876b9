#!/usr/bin/env bash
# Installation into a prefix, and as a Debian package in a fresh chroot; the tab and its units.
# The prefix is emptied again. The package works, survives an upgrade, and is purged cleanly.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/testing.sh"
require jq=jq dpkg-deb=dpkg || skip "the tools are not there"
jlink=$(dirname "$(realpath "$(command -v javac)")")/jlink
[ -x "$jlink" ] || skip "the JDK has no jlink"
workspace

# Into a prefix, which does not reach the source tree. PATH has no Java but the prefix's own.
export JAVA_HOME=${jlink%/bin/jlink}
"$tree/scripts/install" --prefix "$work/prefix" --no-system
installed() { env -u JAVA_HOME PATH=/usr/bin:/bin "$work/prefix/sbin/pcachectl" "$@"; }
line=$(table 2097152 "$(sparse cache 544M)" "$(sparse backing 1G)")
installed create demo --frontend nbd --table "$line"
pid=$(target_pid demo)
if tr '\0' '\n' < "/proc/$pid/cmdline" | grep -F "$tree"; then fail "the installed copy uses the source tree"; fi
equal "Java of the target" "$work/prefix/lib/pcache/runtime/bin/java" "$(realpath "/proc/$pid/exe")"
installed remove demo

# A newer version is installed over one that a device is served from: the target that dies comes back with its old jars.
# Another name of a jar makes the installed version an older one.
jar=$(tr ':' '\n' < "$work/prefix/lib/pcache/pcachectl.classpath" | grep pcache-ublk)
old=$work/prefix/lib/pcache/${jar%.jar}-older.jar
mv "$work/prefix/lib/pcache/$jar" "$old"
sed -i "s|$jar|${jar%.jar}-older.jar|" "$work/prefix/lib/pcache/pcachectl.classpath"
installed create demo --frontend nbd --table "$line"
"$tree/scripts/install" --prefix "$work/prefix" --no-system
[ -e "$old" ] || fail "the installation has taken away a jar that a device in use needs"
[ -e "$work/prefix/lib/pcache/$jar" ] || fail "the installation has not brought the new jar"
kill_target demo
installed status demo > /dev/null || fail "a target that dies after an installation does not come back"
tr '\0' '\n' < "/proc/$(target_pid demo)/cmdline" | grep -qF "$old" || fail "the target was not started with the jars that it had"
refused "devices are served from $work/prefix; remove them first" "$tree/scripts/install" --prefix "$work/prefix" --no-system --uninstall
installed restart demo
"$tree/scripts/install" --prefix "$work/prefix" --no-system
[ ! -e "$old" ] || fail "a jar that nothing needs is still there"
installed remove demo
"$tree/scripts/install" --prefix "$work/prefix" --no-system --uninstall
equal "left after uninstall" "" "$(find "$work/prefix" -mindepth 1 2>/dev/null || true)"

# Two prefixes share the tab: the first that goes leaves the tab, with its units, to the other.
shared() { "$tree/scripts/install" --runtime system --destdir "$work/shared" "$@"; }
shared --prefix /usr/local
shared --prefix /opt/pcache
shared --prefix /opt/other --no-system
shared --prefix /usr/local
shared --prefix /usr/local --uninstall
for file in etc/pcache/tab opt/pcache/lib/systemd/system/pcache@.service opt/pcache/lib/udev/rules.d/60-pcache.rules opt/pcache/sbin/pcachectl; do
  [ -e "$work/shared/$file" ] || fail "uninstalling one of two prefixes has taken $file away"
done
equal "left of the first prefix" "" "$(find "$work/shared/usr/local" -mindepth 1)"
shared --prefix /opt/other --no-system --uninstall
[ -e "$work/shared/etc/pcache/tab" ] || fail "an installation without the tab has taken it away"
shared --prefix /opt/pcache --uninstall
equal "left after both" "" "$(find "$work/shared" -type f -o -type l)"
shared --prefix /usr/local
shared --prefix /opt/pcache
echo "# mine" >> "$work/shared/etc/pcache/tab"
shared --prefix /usr/local --uninstall
shared --prefix /opt/pcache --uninstall
equal "left after both, with a tab that was changed" "$work/shared/etc/pcache/tab" "$(find "$work/shared" -type f -o -type l)"

# The tab.
printf '# two\n%s\n%s\n' "one $work/cache $work/backing frontend=nbd" "two $(sparse cache2 544M) $(sparse backing2 1G) noauto,frontend=nbd,data_crc=false" > "$work/tab"
pcachectl attach --tab "$work/tab" --all
equal "devices of the tab" "one" "$(device_names)"
pcachectl attach --tab "$work/tab" one two
equal "devices of the tab" "one two" "$(device_names | tr '\n' ' ' | sed 's/ $//')"
[[ $(pcachectl table two) == *"data_crc false" ]] || fail "the option is not taken: $(pcachectl table two)"
pcachectl detach --tab "$work/tab" --all
equal "devices of the tab" "" "$(device_names)"

# The units that the generator makes.
mkdir "$work/units"
printf '%s\n' 'fast UUID=ab-12 /dev/sdb' 'wrong /dev/pmem1 /dev/sdc discard' 'my-disk /dev/nvme0n1p3 /srv/b\040c nofail' 'net /dev/dax0.0 /dev/nbd0 _netdev' 'off /c /b noauto' 'soon /dev/vdb /dev/vdc nofail,device-timeout=20' > "$work/tab"
PCACHE_TAB=$work/tab "$tree/scripts/system/pcache-generator" "$work/units" 2> "$work/told"
[[ $(cat "$work/told") == "$work/tab: line 2: unknown option 'discard'"* ]] || fail "the generator does not tell of a line that it leaves out: $(cat "$work/told")"
if grep -r sdb "$work/units"; then fail "a unit waits for a backing device, which is hidden"; fi
grep -qx 'Requires=dev-disk-by\\x2duuid-ab\\x2d12.device' "$work/units/pcache@fast.service.d/50-tab.conf" || fail "the unit does not wait for its device: $(cat "$work"/units/*fast*/*)"
grep -qx 'RequiresMountsFor="/srv/b c"' "$work/units/pcache@my\\x2ddisk.service.d/50-tab.conf" || fail "the unit does not wait for its mount"
[ -L "$work/units/local-fs-pre.target.requires/pcache@fast.service" ] || fail "nothing starts the unit"
[ -L "$work/units/local-fs-pre.target.wants/pcache@my\\x2ddisk.service" ] || fail "nothing starts the unit that may fail"
[ -L "$work/units/remote-fs-pre.target.requires/pcache@net.service" ] || fail "nothing starts the unit of a network device"
grep -qx 'Before=local-fs-pre.target' "$work/units/pcache@fast.service.d/50-tab.conf" || fail "file systems do not wait for the unit"
if grep -q 'local-fs' "$work/units/pcache@net.service.d/50-tab.conf"; then fail "local file systems wait for the network"; fi
grep -qx 'JobRunningTimeoutSec=20s' "$work/units/dev-vdb.device.d/50-tab.conf" || fail "the unit of a cache device has not the limit of the tab"
equal "units" 4 "$(find "$work/units" -path '*pcache@*' -name 50-tab.conf | wc -l)"
if command -v systemd-escape >/dev/null; then
  equal "a device's unit" "$(systemd-escape --path --suffix=device /dev/disk/by-uuid/ab-12)" "$(sed -n 's/^Requires=\(dev-disk.*\)/\1/p' "$work/units/pcache@fast.service.d/50-tab.conf")"
fi

if command -v systemd-analyze >/dev/null; then
  mkdir "$work/verified"
  sed -e "s|@SBIN@|$tree/scripts|g" -e "s|@LIB@|$tree/scripts/system|g" "$tree/scripts/system/pcache@.service" > "$work/verified/pcache@fast.service"
  cp -r "$work/units/pcache@fast.service.d" "$work/verified/"
  equal "complaints about the unit" "" "$(timeout 120 systemd-analyze verify --man=no "$work/verified/pcache@fast.service" 2>&1 | grep pcache || true)"
fi

# The package.
package=$("$tree/scripts/package" --output "$work/out" | tail -n 1)
equal "conffiles" /etc/pcache/tab "$(dpkg-deb -I "$package" conffiles)"
dpkg-deb -c "$package" > "$work/contents"
for file in README.md pcache-control.md grafana-dashboard.json prometheus-alerts.yml copyright changelog.gz; do
  grep -q "/usr/share/doc/pcache/$file\$" "$work/contents" || fail "the package has no $file"
done
for picture in $(grep -oE 'man/[a-z-]+\.svg' "$tree/README.md" | sort -u); do
  grep -q "/usr/share/doc/pcache/$picture\$" "$work/contents" || fail "README.md shows $picture, which the package has not"
done
# The installation of lintian takes a minute, which is too much for the quick run.
if has lintian || { ! quick && require lintian=lintian; }; then
  lintian --allow-root "$package" > "$work/lintian" 2>&1 || true
  equal "what lintian says" "" "$(grep -v '^N:' "$work/lintian" || true)"
fi
! quick || skip "the quick run leaves the chroot out; the rest has passed"
[ "$(id -u)" = 0 ] || skip "a chroot needs root; the rest has passed"
require debootstrap=debootstrap || skip "debootstrap is not there; the rest has passed"
# shellcheck disable=SC2016 # for apt-get, not the shell
mirror=$(apt-get indextargets --format '$(SITE)' 2>/dev/null | grep -E '/debian/?$' | head -n 1 || true)
# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
chroot=$work/chroot
debootstrap --variant=minbase "${release:-bookworm}" "$chroot" "${mirror:-http://deb.debian.org/debian}" > "$work/debootstrap" 2>&1 \
  || skip "no Debian from ${mirror:-deb.debian.org}: $(tail -n 1 "$work/debootstrap"); the rest has passed"
inside() { chroot "$chroot" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C "$@"; }
files() { (cd "$chroot" && find . -path ./proc -prune -o -path ./sys -prune -o -path ./dev -prune -o -print | grep -vE '^./var/(log|lib/dpkg|cache)(/|$)|^./tmp|^./root/' | LC_ALL=C sort); }
leave_chroot() {
  inside pcachectl remove_all >/dev/null 2>&1 || true
  umount -l "$chroot/proc" 2>/dev/null || true
}
trap 'status=$?; set +e; leave_chroot; (exit "$status"); leave_workspace' EXIT
mount -t proc proc "$chroot/proc"
files > "$work/before"
cp "$package" "$chroot/root/"
inside dpkg -i "/root/${package##*/}" > "$work/dpkg" 2>&1 || fail "the package does not install: $(cat "$work/dpkg")"
truncate -s 544M "$chroot/root/cache"
truncate -s 1G "$chroot/root/backing"
echo "demo /root/cache /root/backing frontend=nbd" >> "$chroot/etc/pcache/tab"
inside pcachectl attach --all
[[ $(inside pcachectl status demo) == "0 2097152 pcache "* ]] || fail "the installed package does not work"
for archive in pcachectl target; do [ -s "$chroot/usr/lib/pcache/$archive.jsa" ] || fail "there is no class-data archive for $archive"; done
inside pcachectl map demo | grep -q '33 segments' || fail "map does not work"
# An upgrade leaves a device in use alone; a removal is refused.
inside dpkg -i "/root/${package##*/}" > "$work/dpkg" 2>&1 || fail "the package does not install over itself: $(cat "$work/dpkg")"
inside pcachectl status demo >/dev/null
# So does one to another version, whose jars have other names: the target that dies comes back.
dpkg-deb -R "$package" "$work/next"
mv "$work/next/usr/lib/pcache/$jar" "$work/next/usr/lib/pcache/${jar%.jar}-newer.jar"
sed -i "s|$jar|${jar%.jar}-newer.jar|" "$work/next/usr/lib/pcache/pcachectl.classpath"
sed -i 's/^Version: .*/&+newer/' "$work/next/DEBIAN/control"
rm "$work/next/DEBIAN/md5sums"
dpkg-deb --root-owner-group -Znone --build "$work/next" "$chroot/root/newer.deb" >/dev/null
inside dpkg -i /root/newer.deb > "$work/dpkg" 2>&1 || fail "a newer version does not install over the package: $(cat "$work/dpkg")"
pid=$(inside pcachectl info demo --json | jq -er '[.. | objects | .pid? // empty] | first')
kill -9 "$pid"
await_end "$pid"
inside pcachectl status demo >/dev/null || fail "a target that dies after an upgrade does not come back"
[ -e "$chroot/usr/lib/pcache/$jar" ] || fail "the upgrade has taken away a jar that a device in use needs"
inside pcachectl restart demo
inside dpkg -i /root/newer.deb > "$work/dpkg" 2>&1 || fail "the newer version does not install over itself: $(cat "$work/dpkg")"
[ ! -e "$chroot/usr/lib/pcache/$jar" ] || fail "a jar that nothing needs is still there"
refused "pcache devices are in use" inside dpkg -r pcache
inside dpkg --configure -a > "$work/dpkg" 2>&1 || true
inside pcachectl status demo >/dev/null || fail "a refused removal has taken the device away"
inside pcachectl detach --all
inside dpkg -r pcache > "$work/dpkg" 2>&1 || fail "the package is not removed: $(cat "$work/dpkg")"
[ -e "$chroot/etc/pcache/tab" ] || fail "a removal without purge takes the tab away"
inside dpkg --purge pcache > "$work/dpkg" 2>&1 || fail "the package is not purged: $(cat "$work/dpkg")"
files > "$work/after"
equal "left after purge" "" "$(diff "$work/before" "$work/after" || true)"
