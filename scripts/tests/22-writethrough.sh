#!/usr/bin/env bash
# cache_mode writethrough: what was acknowledged is on the backing device, whatever happens to target and cache.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/testing.sh"
require nbdcopy=libnbd-bin jq=jq || skip "the tools are not there"
workspace

cache=$(sparse cache 544M) backing=$(sparse backing 64M)
n=$(sectors "$backing")
through="0 $n pcache $cache $backing 4 cache_mode writethrough data_crc false"
back="0 $n pcache $cache $backing 4 cache_mode writeback data_crc false"
data() { # SEED: as long as the device
  openssl enc -aes-128-ctr -nosalt -K "$(printf '%032x' "$1")" -iv 0 -in /dev/zero 2> /dev/null | head -c $((n * 512)) || true
}
for seed in 1 2 3; do data $seed > "$work/data$seed"; done

pcachectl create demo --table "$through"
equal "table" "$through" "$(pcachectl table demo)"
equal "setting" writethrough "$(pcachectl status --json demo | jq -r '.. | .cache_mode? // empty' | head -1)"

nbdcopy "$work/data1" "$(uri demo)"
cmp "$work/data1" "$backing" || fail "what was acknowledged is not on the backing device"
equal "dirty bytes" 0 "$(pcachectl stats --json demo | jq -r '.. | .dirtyBytes? // empty' | head -1)"

# The target is killed right after the last answer; the successor goes on.
nbdcopy "$work/data2" "$(uri demo)"
kill -9 "$(target_pid demo)"
cmp "$work/data2" "$backing" || fail "a target that was killed had acknowledged what the backing device has not"
nbdcopy "$(uri demo)" "$work/read"
cmp "$work/data2" "$work/read" || fail "the successor reads something else"

# Without its cache.
pcachectl remove demo
rm "$cache"
cmp "$work/data2" "$backing" || fail "the backing device changed when the device was removed"

# Dirty data from write-back mode is served at once, and written back; a newer write is not undone.
cache=$(sparse cache 544M)
pcachectl create demo --table "$back"
nbdcopy "$work/data3" "$(uri demo)"
pcachectl remove demo
pcachectl create demo --table "$through"
nbdcopy "$(uri demo)" "$work/read"
cmp "$work/data3" "$work/read" || fail "dirty data from before is not served"
nbdcopy "$work/data1" "$(uri demo)"
pcachectl remove demo
cmp "$work/data1" "$backing" || fail "dirty data from before came over a newer write"
