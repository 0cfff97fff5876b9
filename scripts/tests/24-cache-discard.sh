#!/usr/bin/env bash
# --cache-discard: who chooses it, how long it is kept, and that the space of freed segments goes back, on a file and on a
# block device, while all data stays.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/testing.sh"
require nbdcopy=libnbd-bin jq=jq openssl=openssl || skip "the tools are not there"
workspace
case $(stat -f -c %T "$work") in
  tmpfs | ramfs) skip "$work is in memory, where nothing is discarded: TMPDIR names a folder on a disk" ;;
esac

file=$(sparse cache 544M) backing=$(sparse backing 128M)
n=$(sectors "$backing")
discards() { pcachectl status demo --json | jq -r '[.. | objects | select(has("cache_discard")) | .cache_discard] | first'; }
discarded() { pcachectl stats demo --json | jq '[.. | .discardedBytes? // empty] | first'; }
allocated() { echo $(($(stat -c %b "$file") * 512)); }
same() { # WHEN
  nbdcopy "$(uri demo)" "$work/read"
  cmp "$work/data" "$work/read" || fail "$1: something else is read than was written"
}

# All is written, written back, and dropped.
uses() { # CACHE WHAT
  local before
  openssl enc -aes-128-ctr -nosalt -K "$(printf '%032x' "$((seed += 1))")" -iv 0 -in /dev/zero 2> /dev/null \
    | head -c $((n * 512)) > "$work/data" || true
  nbdcopy "$work/data" "$(uri demo)"
  before=$(allocated)
  pcachectl message demo 0 gc_percent 0
  until [ "$(discarded)" -ge $((64 << 20)) ]; do read -rt 0.2 <> <(:) || true; done
  [ "$(allocated)" -lt $((before - (32 << 20))) ] || fail "$2: discarded, and the file has $(allocated) bytes, as before: $before"
  same "$2, after discards"
  nbdcopy "$work/data" "$(uri demo)"
  kill_target demo
  same "$2, after the death of a target that discarded"
  pcachectl remove demo
  pcachectl check "$1" > "$work/checked" || fail "$2, check after discards: $(cat "$work/checked")"
}
seed=0

line=$(table "$n" "$file" "$backing")
refused "it is true or false" pcachectl create demo --cache-discard yes --table "$line"
pcachectl create demo --frontend nbd --table "$line"
equal "whether a file is discarded that nobody has spoken of" false "$(discards)"
pcachectl remove demo
pcachectl create demo --frontend nbd --cache-discard true --table "$line"
if [ "$(discards)" = false ]; then
  pcachectl remove demo
  skip "there is no direct I/O in $work"
fi
[[ $(pcachectl table demo) != *discard* ]] || fail "the kernel's target would refuse the table: $(pcachectl table demo)"
pcachectl restart demo
equal "whether discards go on after a restart" true "$(discards)"
kill_target demo
equal "whether discards go on after a death" true "$(discards)"
pcachectl message demo 0 cache_discard false
equal "whether discards go on after the message" false "$(discards)"
pcachectl message demo 0 cache_discard true
uses "$file" "a file"

[ "$(id -u)" = 0 ] && require losetup=util-linux || { echo "left out: a block device takes root and losetup"; exit 0; }
rm "$file"
sparse cache 544M > /dev/null
loop=$(losetup --find --show "$file" 2> "$work/said") || { echo "left out: a block device: $(cat "$work/said")"; exit 0; }
trap 'status=$?; set +e; pcachectl remove --force demo 2> /dev/null; losetup -d "$loop"; (exit "$status"); leave_workspace' EXIT
line=$(table "$n" "$loop" "$backing")
pcachectl create demo --frontend nbd --table "$line"
equal "whether a loop device is discarded that nobody has spoken of" false "$(discards)"
pcachectl message demo 0 cache_discard true
uses "$loop" "a block device"
