#!/usr/bin/env bash
# fio writes random blocks of mixed sizes over a device larger than its cache, and reads them back with checksums.
# Three times over the whole device, from two connections at once, with flushes in between.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/testing.sh"
require jq=jq fio=fio || skip "the tools are not there"
workspace

size=$((2 << 30)) passes=3
if quick; then size=$((768 << 20)) passes=1; fi
cache=$(sparse cache 544M) backing=$(sparse backing "$size")

for data_crc in true false; do
  [ "$data_crc" = true ] || truncate -s 0 "$cache" && truncate -s 544M "$cache"
  pcachectl create demo --table "$(table $((size / 512)) "$cache" "$backing" "$data_crc")"
  for ((pass = 1; pass <= passes; pass++)); do
    echo "data_crc $data_crc, pass $pass of $passes"
    fio --name=verify --ioengine=nbd --uri="$(uri demo)" --rw=randwrite --bsrange=512-256k --iodepth=16 \
      --numjobs=2 --size=$((size / 2)) --offset_increment=$((size / 2)) --randseed="$pass$RANDOM" --fsync=200 \
      --verify=crc32c --do_verify=1 --verify_fatal=1 --verify_state_save=0 --group_reporting --output="$work/fio" || { cat "$work/fio"; fail "fio"; }
    grep -E '^ +(read|write):' "$work/fio"
  done
  pcachectl status demo
  pcachectl remove demo
  # In the short form, once with checksums on data is enough.
  if quick; then break; fi
done
