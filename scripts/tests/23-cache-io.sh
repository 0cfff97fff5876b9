#!/usr/bin/env bash
# --cache-io: past the page cache or through it, the data is the same: after a death, by the other way, and offline.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/testing.sh"
require nbdcopy=libnbd-bin jq=jq openssl=openssl || skip "the tools are not there"
workspace
case $(stat -f -c %T "$work") in
  tmpfs | ramfs) skip "$work is in memory, where nothing is to be chosen: TMPDIR names a folder on a disk" ;;
esac

cache=$(sparse cache 544M) backing=$(sparse backing 64M)
n=$(sectors "$backing")
line=$(table "$n" "$cache" "$backing")
data() { # SEED: random bytes, as many as the device has
  openssl enc -aes-128-ctr -nosalt -K "$(printf '%032x' "$1")" -iv 0 -in /dev/zero 2> /dev/null | head -c $((n * 512)) || true
}
same() {
  nbdcopy "$(uri demo)" "$work/read"
  cmp "$work/$1" "$work/read" || fail "$2: something else is read than was written"
}
# The target logs in order, by a thread of its own. When it says that it serves the device, all before is in the file.
last_said() { # TEXT: the last line of the log with this text, when the target that serves has come so far
  until grep -q ", pid $(target_pid demo), Java " "$PCACHE_RUN_DIR/demo/log"; do read -rt 0.05 <> <(:) || true; done
  grep -F "$1" "$PCACHE_RUN_DIR/demo/log" | tail -n 1
}
# Which of the two is in effect, by info and by the log.
in_effect() { # WORD WHEN
  local said way="data and log through the page cache"
  [ "$1" = buffered ] || way="data by direct I/O, the log mostly through the page cache"
  [[ $(info demo cache) == "$cache: file, "*"; $way" ]] || fail "$2, info says: $(info demo cache)"
  said=$(last_said "data of the cache")
  case $1 in
    direct) [[ $said == *"data of the cache: $cache, file, "*" bytes, direct, by "* ]] || fail "$2, the log says: $said" ;;
    buffered) [[ $said == *"data of the cache goes through the page cache"* ]] || fail "$2, the log says: $said" ;;
  esac
}

refused "it is direct or buffered" pcachectl create demo --cache-io sync --table "$line"
equal "devices after a wrong word" "" "$(device_names)"

seed=0
for io in direct buffered; do
  other=direct other_option=()
  option=(--cache-io buffered)
  if [ "$io" = direct ]; then option=() other=buffered other_option=(--cache-io buffered); fi
  data $((seed += 1)) > "$work/old"
  data $((seed += 1)) > "$work/new"
  cp --sparse=never "$work/old" "$backing"
  rm "$cache"
  sparse cache 544M > /dev/null

  pcachectl create demo "${option[@]}" --table "$line"
  in_effect "$io" "after create"
  nbdcopy "$(uri demo)" "$work/read"
  cmp "$work/old" "$work/read" || fail "$io: what the backing device has is read otherwise"
  same old "$io, from the cache"
  nbdcopy "$work/new" "$(uri demo)"
  same new "$io"

  # Without a flush.
  kill_target demo
  same new "the successor of a target with $io I/O"
  in_effect "$io" "after the death of a target with $io I/O"
  pcachectl restart demo
  same new "after a restart with $io I/O"
  in_effect "$io" "after a restart with $io I/O"

  # The other way goes on with what this way has stored.
  pcachectl remove demo
  pcachectl check "$cache" > "$work/checked" || fail "check after $io I/O: $(cat "$work/checked")"
  pcachectl create demo "${other_option[@]}" --table "$line"
  in_effect "$other" "after the change from $io"
  same new "what $io I/O has stored, by $other I/O"
  # Half is overwritten, so that the cache holds data of both.
  head -c $((n * 256)) "$work/old" > "$work/half"
  nbdcopy "$work/half" "$(uri demo)"
  cat "$work/half" <(tail -c +$((n * 256 + 1)) "$work/new") > "$work/both"
  kill_target demo
  same both "the successor of a target with $other I/O"
  pcachectl remove demo

  pcachectl check "$cache" > "$work/checked" || fail "check after $io and $other I/O: $(cat "$work/checked")"
  pcachectl writeback "$cache" "$backing" > /dev/null
  cmp "$work/both" "$backing" || fail "after $io and $other I/O, writeback brings something else to the backing device"
  pcachectl check "$cache" > "$work/checked" || fail "check after writeback: $(cat "$work/checked")"
done

# In memory there is no choice.
if [ "$(stat -f -c %T /dev/shm 2> /dev/null)" = tmpfs ]; then
  shm=$(mktemp -d /dev/shm/pcache-XXXXXX)
  temporary+=("$shm")
  truncate -s 544M "$shm/cache"
  pcachectl create demo --cache-io direct --table "$(table "$n" "$shm/cache" "$backing")" 2> "$work/said" || fail "a cache in memory: $(cat "$work/said")"
  [[ $(info demo cache) != *"; data "* ]] || fail "of a cache in memory, info says: $(info demo cache)"
  same both "a cache in memory"
  pcachectl remove demo
fi

# Where direct I/O does not reach the last sector of the file, direct is as buffered, and the log says why.
if [ "$(id -u)" != 0 ] || ! require mkfs.ext4=e2fsprogs losetup=util-linux; then
  echo "left out: a file system without direct I/O takes root, mkfs.ext4 and losetup"
  exit 0
fi
mkdir "$work/mounted"
unmount() {
  pcachectl remove --force demo
  umount -l "$work/mounted"
  losetup -d "$loop"
} 2> /dev/null
loop=$(losetup --find --show --sector-size 4096 "$(sparse disk 800M)" 2> "$work/said") \
  || { echo "left out: a file system without direct I/O takes a loop device: $(cat "$work/said")"; exit 0; }
trap 'status=$?; set +e; unmount; (exit "$status"); leave_workspace' EXIT
mkfs.ext4 -q "$loop"
mount "$loop" "$work/mounted"
cache=$work/mounted/cache
truncate -s $(((544 << 20) + 512)) "$cache"
pcachectl create demo --cache-io direct --table "$(table "$n" "$cache" "$backing")"
in_effect buffered "without direct I/O"
[[ $(last_said "data of the cache") == *"there is no direct I/O on $cache" ]] || fail "without direct I/O, the log says: $(last_said "data of the cache")"
nbdcopy "$work/new" "$(uri demo)"
kill_target demo
same new "a cache without direct I/O"
pcachectl remove demo
pcachectl check "$cache" > "$work/checked" || fail "check without direct I/O: $(cat "$work/checked")"
