#!/usr/bin/env bash
# The alert rules by their unit tests; then a Prometheus that scrapes a device under load.
# Each query of the dashboard and each alert rule is evaluated.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/testing.sh"
require jq=jq curl=curl python3=python3-minimal nbdcopy=libnbd-bin promtool=prometheus prometheus=prometheus gnuplot=gnuplot-nox || skip "the tools are not there"
workspace

rules=$tree/scripts/prometheus
checked=$(cd "$rules" && promtool check rules pcache-alerts.yml && promtool test rules pcache-alerts.test.yml 2>&1) || fail "the alert rules: $checked"

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
# await SECONDS WHAT COMMAND...: waits until the command succeeds.
await() {
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || fail "waited in vain for $what; $(tail -n 3 "$work/prometheus.log")"
    sleep 0.2
  done
}

metrics_port=$(free_port)
pcachectl create demo --frontend nbd --metrics "$metrics_port" --table "$(table 524288 "$(sparse cache 544M)" "$(sparse backing 256M)")"
prometheus_port=$(free_port)
cat > "$work/prometheus.yml" <<END
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [$rules/pcache-alerts.yml]
scrape_configs:
  - job_name: pcache
    static_configs: [{targets: ["127.0.0.1:$metrics_port"]}]
END
prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/data" --web.listen-address="127.0.0.1:$prometheus_port" > "$work/prometheus.log" 2>&1 &
server=$!
api=http://127.0.0.1:$prometheus_port
await 60 "Prometheus" curl -fsS -o /dev/null "$api/-/ready" 2>/dev/null

head -c 16M /dev/urandom > "$work/data.bin"
( while nbdcopy --flush "$work/data.bin" "$(uri demo)" && nbdcopy "$(uri demo)" null: ; do :; done ) 2>/dev/null &

# query EXPR: the answer to a query, in the form in which the dashboard makes it.
query() {
  local expr=${1//'$device'/.*}
  curl -sS --data-urlencode "query=${expr//'$__rate_interval'/1m}" "$api/api/v1/query"
}
numbers() { query "$1" | jq -e '[.data.result[]? | .value[1] | select(. != "NaN")] | length > 0' >/dev/null; }

# Data of a sound device under load, after some scrapes.
for expr in 'histogram_quantile(0.99, sum by (device, le) (rate(pcache_request_seconds_bucket{kind="write"}[1m])))' \
  'histogram_quantile(0.99, sum by (device, le) (rate(pcache_request_seconds_bucket{kind="read"}[1m])))' \
  'rate(pcache_writes_total[1m]) > 0' 'pcache_up == 1' 'pcache_build_info{version!="",java!=""}' 'pcache_gc_percent == 70' 'pcache_dirty_bytes > 0' 'pcache_oldest_dirty_seconds > 0' 'pcache_longest_wait_seconds < 60' \
  'sum(pcache_problem) == 0' 'pcache_request_seconds_count{kind="flush"} > 0'; do
  await 60 "data for $expr" numbers "$expr"
done

# The dashboard. Only panels about problems may be without data for a sound device.
while IFS=$'\t' read -r title expr; do
  answer=$(query "$expr")
  [ "$(jq -r .status <<<"$answer")" = success ] || fail "$title: $expr: $(jq -r .error <<<"$answer")"
  case $title in
    "What is wrong" | "Time that requests had to wait") ;;
    *) await 30 "data for '$title': $expr" numbers "$expr" ;;
  esac
done < <(jq -r '.panels[] | .title as $title | .targets[] | [$title, .expr] | @tsv' "$tree/scripts/grafana/pcache.json" | sed 's/\\\\/\\/g')
# The dashboard's graphs without Grafana.
plot() { "$tree/scripts/grafana/plot" "$@" 2>&1; }
said=$(plot "http://127.0.0.1:$prometheus_port" "$work/dashboard.svg" 1) || fail "$said"
for title in Requests "Write latency" "Dirty data"; do
  grep -q ">$title, " "$work/dashboard.svg" || fail "the picture has no graph '$title'"
done
equal "a device that is not there" "plot: http://127.0.0.1:$prometheus_port has no data of pcache devices of the last 1 minutes" \
  "$(plot "http://127.0.0.1:$prometheus_port" "$work/none.svg" 1 nobody)"
equal "no Prometheus" 1 "$(plot http://127.0.0.1:1 "$work/none.svg" | grep -c '^plot: http://127.0.0.1:1 does not answer as a Prometheus: ')"
[ ! -e "$work/none.svg" ] || fail "a picture without data was left"
equal "the devices to choose from" demo "$(curl -sS "$api/api/v1/label/device/values?match[]=pcache_size_bytes" | jq -r '.data[]')"

# The alert rules are evaluated without an error. None fires for a sound device, and one fires for a device that is not
# sound.
rule_states() { curl -sS "$api/api/v1/rules" | jq -r ".data.groups[].rules[] | $1"; }
await 30 "the rules' first evaluation" eval '[ -z "$(rule_states "select(.health == \"unknown\") | .name")" ]'
equal "rules with an error" "" "$(rule_states 'select(.health != "ok") | .name + ": " + .lastError')"
equal "alerts for a sound device" "" "$(curl -sS "$api/api/v1/alerts" | jq -r '.data.alerts[].labels.alertname')"
pcachectl suspend --noflush demo
await 30 "an alert for a suspended device" eval 'curl -sS "$api/api/v1/alerts" | jq -e ".data.alerts[] | select(.labels.alertname == \"PcacheSuspended\" and .labels.device == \"demo\")" >/dev/null'
pcachectl resume demo
equal "scrapes with an error" "" "$(curl -sS "$api/api/v1/targets" | jq -r '.data.activeTargets[].lastError')"
kill "$server"
