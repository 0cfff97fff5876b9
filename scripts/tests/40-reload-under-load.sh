#!/usr/bin/env bash
# A table cannot be loaded for a live device, and the attempt disturbs nothing that runs on the device.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/testing.sh"
require jq=jq fio=fio || skip "the tools are not there"
workspace

cache=$(sparse cache 544M) backing=$(sparse backing 1G)
line=$(table "$(sectors "$backing")" "$cache" "$backing")
pcachectl create demo --table "$line"

fio --name=load --ioengine=nbd --uri="$(uri demo)" --rw=randwrite --bsrange=4k-64k --iodepth=8 --size=1G \
  --io_size=512M --verify=crc32c --verify_fatal=1 --verify_state_save=0 --output="$work/fio" &
load=$!
tries=0
while kill -0 "$load" 2>/dev/null; do
  refused "Don't support table loading for live md" pcachectl reload demo --table "$line"
  refused "Don't support table loading for live md" pcachectl load demo --table "$(table 8 "$cache" "$backing")"
  tries=$((tries + 2))
done
wait "$load" || { cat "$work/fio"; fail "fio was disturbed"; }
equal "table" "$line" "$(pcachectl table demo)"
equal "inactive table" "" "$(pcachectl table --inactive demo)"
[ "$tries" -gt 0 ] || fail "fio was done before the first try"
echo "$tries loads refused while fio wrote and verified 512 MiB"
pcachectl remove demo
