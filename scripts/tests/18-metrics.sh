#!/usr/bin/env bash
# Metrics by HTTP, on a port and on a socket, in the accepted format, with hostile clients; and the dashboard.
# The format satisfies promtool. Hostile clients disturb neither metrics nor I/O. The dashboard asks only for metrics
# that exist.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/testing.sh"
require jq=jq curl=curl python3=python3-minimal nbdinfo=libnbd-bin || skip "the tools are not there"
workspace

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
line=$(table 2097152 "$(sparse cache 544M)" "$(sparse backing 1G)")
refused "it is a port" pcachectl create demo --metrics 70000 --table "$line"
pcachectl create demo --frontend nbd --metrics "$port" --table "$line"
url=http://127.0.0.1:$port/metrics
refused "metrics cannot be served on 127.0.0.1:$port" pcachectl create other --notable --metrics "$port"
equal "devices" "demo" "$(device_names)"

curl -fsS "$url" > "$work/http"
grep -q '^pcache_size_bytes{device="demo"} 1073741824$' "$work/http" || fail "the size is not among the metrics"
equal "names by HTTP and by the command" "$(pcachectl metrics --classic | sed -n 's/^# TYPE //p')" "$(sed -n 's/^# TYPE //p' "$work/http")"
# In the format that the client asks for.
equal "type without a wish" "text/plain; version=0.0.4; charset=utf-8" "$(curl -fsS -o /dev/null -w '%{content_type}' "$url")"
curl -fsS -H 'Accept: text/plain;q=0.2, application/openmetrics-text;version=1.0.0;q=0.7' "$url" > "$work/open"
equal "names by HTTP and by the command, as OpenMetrics" "$(pcachectl metrics | sed -n 's/^# TYPE //p')" "$(sed -n 's/^# TYPE //p' "$work/open")"
equal "the end mark" "# EOF" "$(tail -n 1 "$work/open")"
equal "status for what there is not" 406 "$(curl -sS -o /dev/null -w '%{http_code}' -H 'Accept: application/json' "$url")"

# Every metric that the dashboard asks for exists.
jq -r '.panels[].targets[].expr' "$tree/scripts/grafana/pcache.json" | grep -oE 'pcache_[a-z_]+' | sort -u | while read -r name; do
  grep -q "^$name{" "$work/http" || fail "the dashboard asks for $name, which there is not"
done

memory() { awk '/^VmRSS/ {print $2}' "/proc/$(target_pid demo)/status"; }
descriptors() { find "/proc/$(target_pid demo)/fd" | wc -l; }
before=$(memory) open_before=$(descriptors)
python3 - "$port" "$(quick && echo 500 || echo 5000)" <<'EOF'
import os, socket, sys
held = []
for i in range(int(sys.argv[2])):
    s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    try:
        s.send([b"", b"GET /metrics HTTP/1.1\r\n", os.urandom(300), b"GET /metrics HTTP/1.1\r\n\r\n"][i % 4])
    except OSError:
        pass
    held.append(s)
    if len(held) > 200:
        held.pop(0).close()
EOF
nbdinfo --size "$(uri demo)" >/dev/null
curl -fsS "$url" >/dev/null
[ $(($(memory) - before)) -lt 65536 ] || fail "the target has grown from $before to $(memory) KiB"
[ $(($(descriptors) - open_before)) -lt 40 ] || fail "the target has $(descriptors) files open, $open_before before"
pcachectl remove demo
refused "" curl -fsS "$url"

pcachectl create demo --frontend nbd --metrics unix --table "$line"
curl -fsS --unix-socket "$PCACHE_RUN_DIR/demo/metrics.sock" http://pcache/metrics > "$work/socket"
equal "mode of the socket" 600 "$(stat -Lc %a "$PCACHE_RUN_DIR/demo/metrics.sock")"
pcachectl remove demo

require promtool=prometheus || skip "promtool is not there; the rest has passed"
# promtool reads the older text format, as the textfile collector of node_exporter does.
pcachectl create demo --frontend nbd --table "$line"
pcachectl metrics --classic > "$work/classic"
pcachectl remove demo
lint=$(promtool check metrics < "$work/classic" 2>&1) || fail "promtool complains: $lint"
equal "complaints of promtool" "" "$lint"
equal "counters without a type" "" "$(grep -o '^pcache_[a-z_]*_total' "$work/classic" | sort -u | while read -r name; do grep -q "^# TYPE $name counter$" "$work/classic" || echo "$name"; done)"
