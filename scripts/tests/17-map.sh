#!/usr/bin/env bash
# The map of a cache: live and offline they agree with each other and with status, while I/O goes on.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/testing.sh"
require jq=jq fio=fio python3=python3-minimal || skip "the tools are not there"
workspace

cache=$(sparse cache 800M) backing=$(sparse backing 1G)
pcachectl create demo --frontend nbd --table "$(table 2097152 "$cache" "$backing")"
fio --name=w --ioengine=nbd --uri="$(uri demo)" --rw=randwrite --bs=64k --size=1G --io_size=300M --iodepth=8 --output=/dev/null &
writer=$!
while kill -0 "$writer" 2>/dev/null; do pcachectl map demo >/dev/null; done
wait "$writer"

pcachectl map demo --json > "$work/live.json"
total=$(pcachectl status demo --json | jq .lines[0].cache_segs)
equal "segments" "$total" "$(jq '.segments | length' "$work/live.json")"
equal "segments in use" "$(pcachectl status demo --json | jq .lines[0].segs_used)" "$(jq '[.segments[] | select(.use != "free")] | length' "$work/live.json")"
[ "$(jq '[.segments[].clean_bytes // 0, .segments[].dirty_bytes // 0] | add' "$work/live.json")" -gt $((200 << 20)) ] || fail "little data is on the map"
pcachectl map demo --svg "$work/map.svg"
python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$work/map.svg"
LC_ALL=C pcachectl map demo | LC_ALL=C grep -q '[^ -~]' && fail "not plain in the C locale"
refused "in use" pcachectl map "$cache"
pcachectl remove demo

pcachectl map "$cache" --json > "$work/offline.json"
equal "uses, offline" "$(jq -c '[.segments[].use]' "$work/live.json")" "$(jq -c '[.segments[].use]' "$work/offline.json")"
refused "map takes one device" pcachectl map
refused "" pcachectl map "$work/nosuch"
refused "" pcachectl map "$backing"
