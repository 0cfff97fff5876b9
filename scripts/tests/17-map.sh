#!/usr/bin/env bash
# The map of a cache, live and offline: both agree with each other and with status, while I/O goes on.
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
refused "$backing: there is no cache on the device: " pcachectl map "$backing"
refused "$work/blank: there is no cache on the device: " pcachectl map "$(sparse blank 544M)"
for size in 1 4096 1M; do
  refused "$work/small$size: the device is smaller than any cache's: " pcachectl map "$(sparse "small$size" "$size")"
done
refused "" pcachectl map "$(sparse none 0)"
refused "$work/nowhere/map.svg: cannot be written: No such file or directory" pcachectl map "$cache" --svg "$work/nowhere/map.svg"

# The narrowest terminals.
for columns in 1 8 35; do
  python3 - "$columns" "$tree/scripts/pcachectl" map "$cache" > "$work/narrow" <<'EOF' || fail "a map for a terminal of $columns columns: $(cat "$work/narrow")"
import fcntl, os, pty, struct, sys, termios
own, other = pty.openpty()
fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
if os.fork() == 0:
    os.dup2(other, 1)
    os.dup2(other, 2)
    os.execvp(sys.argv[2], sys.argv[2:])
os.close(other)
try:
    while part := os.read(own, 65536):
        sys.stdout.buffer.write(part)
except OSError:
    pass
sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
EOF
  grep -q "garbage:" "$work/narrow" && grep -q "room:" "$work/narrow" || fail "a map for a terminal of $columns columns: $(cat "$work/narrow")"
done

