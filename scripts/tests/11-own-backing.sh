#!/usr/bin/env bash
# A cache keeps to its backing device: another device, a device written without its cache, a device that has shrunk.
# Also: what wipe makes of a used cache device.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/testing.sh"
require jq=jq qemu-io=qemu-utils || skip "the tools are not there"
workspace

cache=$(sparse cache 544M) own=$(sparse own 1G) other=$(sparse other 1G)
n=$(sectors "$own")
write() { qemu-io -f raw -c "write -P $2 $3 64k" -c flush "$(uri "$1")" > /dev/null; }
identity() { pcachectl check --json "$cache" | jq -r ".identity.$1"; }

pcachectl create demo --frontend nbd --table "$(table "$n" "$cache" "$own")"
write demo 0x11 0
pcachectl remove demo
equal "noted path" "$own" "$(identity backing_path)"
equal "in use after remove" 0 "$(identity in_use_since)"

# Another device of the same size is refused.
refused "belongs to another backing device" pcachectl create demo --frontend nbd --table "$(table "$n" "$cache" "$other")"
refused "$own" pcachectl create demo --frontend nbd --table "$(table "$n" "$cache" "$other")"
refused "$other" pcachectl create demo --frontend nbd --table "$(table "$n" "$cache" "$other")"
refused "belongs to another backing device" pcachectl writeback "$cache" "$other"
equal "blocks of the other device" 0 "$(stat -c %b "$other")"
equal "devices after refused tables" "" "$(device_names)"
[[ $(pcachectl check "$cache" "$other" || true) == *backing-is-another* ]] || fail "check does not tell of another backing device"

# The same file elsewhere is the same device. A copy is another device, which --force takes.
mv "$own" "$work/moved"
pcachectl create demo --frontend nbd --table "$(table "$n" "$cache" "$work/moved")"
pcachectl remove demo
pcachectl writeback "$cache" "$work/moved" > /dev/null
cp --sparse=always "$work/moved" "$work/copy"
refused "belongs to another backing device" pcachectl create demo --frontend nbd --table "$(table "$n" "$cache" "$work/copy")"
uuid=$(identity uuid)
pcachectl create demo --frontend nbd --force --table "$(table "$n" "$cache" "$work/copy")" 2> "$work/said"
grep -q "is bound to $work/copy" "$work/said" || fail "create --force did not say what it has bound: $(cat "$work/said")"
pcachectl remove demo
equal "the cache's uuid" "$uuid" "$(identity uuid)"

# The device was written without its cache: the clean cache would give old data.
printf x | dd of="$work/copy" conv=notrunc status=none
for verify in "" "--verify sample" "--verify all"; do
  # shellcheck disable=SC2086 # none or two words
  refused "differs at its byte 0 from what the cache holds" pcachectl create demo --frontend nbd $verify --table "$(table "$n" "$cache" "$work/copy")"
done
pcachectl create demo --frontend nbd --verify none --table "$(table "$n" "$cache" "$work/copy")"
pcachectl remove demo
refused "it is all, sample or none" pcachectl create demo --verify some --table "$(table "$n" "$cache" "$work/copy")"
pcachectl wipe "$cache" > /dev/null
pcachectl create demo --frontend nbd --table "$(table "$n" "$cache" "$work/copy")"
write demo 0x22 $((1020 << 20))

pcachectl remove demo

# A device that is too small for the content of the cache is refused for that reason, and so is a cache device that was
# cut short.
truncate -s 512M "$work/copy"
refused "it has shrunk, or it is another one" pcachectl create demo --frontend nbd --table "$(table $((n / 2)) "$cache" "$work/copy")"
truncate -s 520M "$cache"
refused "is shorter than the cache on it" pcachectl create demo --frontend nbd --table "$(table $((n / 2)) "$cache" "$work/copy")"

# Swapped words, found by the length.
pcachectl wipe --force "$cache" > /dev/null
small=$(sparse small 64M)
refused "the two may be swapped" pcachectl create demo --frontend nbd --table "$(table "$(sectors "$cache")" "$cache" "$small")"

# Something that may not have been meant: people are told, on a terminal or with -v, and the log is told. A script is
# not.
told() {
  pcachectl create demo --frontend nbd --table "$(table "$(sectors "$small")" "$cache" "$small")" 2> "$work/said"
  equal "what a script is told" "" "$(cat "$work/said")"
  grep -q "$1" "$PCACHE_RUN_DIR/demo/log" || fail "the log does not tell: $1"
  pcachectl remove demo
}
told "is larger than the backing device"
pcachectl wipe "$cache" > /dev/null
pcachectl create -v demo --frontend nbd --table "$(table "$(sectors "$small")" "$cache" "$small")" 2> "$work/said" > /dev/null
grep -q "is larger than the backing device" "$work/said" || fail "create -v does not tell: $(cat "$work/said")"
pcachectl remove demo
truncate -s 600M "$cache"
told "what was added is not used"
