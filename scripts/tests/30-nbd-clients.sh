#!/usr/bin/env bash
# nbdinfo and nbdcopy, the tools of libnbd, on a device: what the device offers, and a copy in and out again.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/testing.sh"
require jq=jq nbdinfo=libnbd-bin nbdcopy=libnbd-bin || skip "the tools are not there"
workspace

cache=$(sparse cache 544M) backing=$(sparse backing 256M)
pcachectl create demo --table "$(table "$(sectors "$backing")" "$cache" "$backing")"
uri=$(uri demo)

nbdinfo "$uri"
nbdinfo --json "$uri" | jq -e '.protocol == "newstyle-fixed" and .structured
  and (.exports[0] | ."export-size" == 268435456 and ."is_read_only" == false and .can_flush and .can_fua and .can_multi_conn)' \
  >/dev/null || fail "the export does not offer what it should: $(nbdinfo --json "$uri")"

head -c 256M /dev/urandom > "$work/in"
nbdcopy --flush "$work/in" "$uri"
nbdcopy "$uri" "$work/out"
cmp "$work/in" "$work/out"

# Once more, after the cache was replayed.
kill_target demo
nbdcopy "$(uri demo)" "$work/out"
cmp "$work/in" "$work/out"
pcachectl remove demo
