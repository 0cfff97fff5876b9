#!/usr/bin/env bash
# The target is killed under load and the cache activated again, many times: nothing acknowledged may be lost.
# That holds whether a write was flushed or not. Every other sector must hold something that was written to this sector.
#   50-kill-rounds.sh [ROUNDS]    100 unless given; 10 with PCACHE_QUICK=1
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/testing.sh"
# Debian's own Python, because this one finds Debian's libnbd.
require /usr/bin/python3=python3-minimal /usr/lib/python3/dist-packages/nbd.py=python3-libnbd || skip "the tools are not there"

rounds=100
if quick; then rounds=10; fi
rounds=${1:-$rounds}
workspace

crash() { # DIRECTORY ROUNDS
  /usr/bin/python3 "$lib/crash_rounds.py" --pcachectl "$tree/scripts/pcachectl" --directory "$1" --rounds "$2"
}

echo "cache and backing files in $work"
crash "$work" $((rounds - rounds / 2))
if [ -w /dev/shm ]; then
  memory=$(mktemp -d /dev/shm/pcache-XXXXXX)
  temporary+=("$memory")
  echo "cache and backing files in $memory"
  crash "$memory" $((rounds / 2))
fi
