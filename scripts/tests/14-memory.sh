#!/usr/bin/env bash
# The memory of a target with a small table and a very large device; a refusal where a control group leaves too little.
# The refusal names both numbers.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/testing.sh"
require jq=jq || skip "jq is not there"
workspace

memory=$(mktemp -d /dev/shm/pcache-test-XXXXXX) || skip "no /dev/shm"
temporary+=("$memory")

# Only tmpfs has files of petabytes.
truncate -s 544M "$memory/cache"
truncate -s 4P "$memory/backing" || skip "no file of 4 PiB on /dev/shm"
resident() { awk '/VmRSS/ {print int($2 / 1024)}' "/proc/$(target_pid demo)/status"; }

pcachectl create demo --frontend nbd --table "$(table 2097152 "$memory/cache" "$memory/backing" true)"
small=$(resident)
pcachectl remove demo
pcachectl create demo --frontend nbd --table "$(table $((1 << 43)) "$memory/cache" "$memory/backing" true)"
large=$(resident)
pcachectl remove demo
[ "$small" -lt 200 ] || fail "$small MiB for a table of 1 GiB before 4 PiB"
[ "$large" -lt $((small + 64)) ] || fail "$large MiB for an empty cache before all of 4 PiB, $small MiB for a table of 1 GiB"

# Finds out where control groups for memory can be made on this machine, of either version.
group=
for top in /sys/fs/cgroup/memory /sys/fs/cgroup; do
  own=$top$(sed -n 's/^[0-9]*:memory://p; s/^0:://p' /proc/self/cgroup | head -n 1)
  if mkdir "$own/pcache-test-$$" 2> /dev/null; then
    group=$own/pcache-test-$$
    if [ -w "$group/memory.limit_in_bytes" ] || [ -w "$group/memory.max" ]; then break; fi
    rmdir "$group"
    group=
  fi
done
if [ -n "$group" ]; then
  limit=$group/memory.limit_in_bytes
  [ -e "$limit" ] || limit=$group/memory.max
  echo $((120 << 20)) > "$limit"
  status=0
  said=$(sh -c 'echo $$ > "$1/cgroup.procs" && shift && exec "$@"' sh "$group" "$tree/scripts/pcachectl" create demo --frontend nbd \
    --table "$(table 2097152 "$memory/cache" "$memory/backing" true)" 2>&1) || status=$?
  equal "status of a create in a control group of 120 MiB" 1 "$status"
  rmdir "$group"
  [[ $said == *"not enough memory: the target needs "*" MiB to start, "*" MiB are available; free some, or use --force"*"(-ENOMEM)"* ]] || fail "said: $said"
  equal "devices" "" "$(device_names)"
fi
