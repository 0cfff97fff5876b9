#!/usr/bin/env bash
# fio on /dev/ublkb0: random blocks of mixed sizes at depth 32 on several queues, verified, data_crc on and off.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/guest.sh"
require fio=fio jq=jq || skip "the tools are not there"
in_guest --memory 3G --unsafe-drive cache=cache:544M --unsafe-drive backing=backing:768M

io_size=768M
if quick; then io_size=192M; fi
for data_crc in true false; do
  dd if=/dev/zero of=/dev/vm/cache bs=1M count=1 conv=fsync status=none
  pcachectl create demo --table "$(table "$(($(blockdev --getsize64 /dev/vm/backing) / 512))" "$(realpath /dev/vm/cache)" \
    "$(realpath /dev/vm/backing)" "$data_crc")"
  device=$(path demo)
  [ -b "$device" ] || fail "$device is no block device"
  by_direct_io demo
  echo "data_crc $data_crc, $device with $(find "/sys/block/${device##*/}/mq" -mindepth 1 -maxdepth 1 | wc -l) queues"
  fio --name=verify --filename="$device" --ioengine=libaio --direct=1 --rw=randwrite --bsrange=512-128k --iodepth=32 \
    --numjobs=2 --size=384M --offset_increment=384M --io_size=$((${io_size%M} / 2))M --fsync=500 --group_reporting \
    --verify=crc32c --verify_fatal=1 --verify_state_save=0 --output="$work/fio" || { cat "$work/fio"; fail "fio"; }
  grep -E '^ +(read|write):' "$work/fio"
  pcachectl remove demo
  nothing_left
done
no_kernel_complaints
