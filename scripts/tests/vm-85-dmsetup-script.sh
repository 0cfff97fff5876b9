#!/usr/bin/env bash
# A script written for dmsetup drives a device's whole life, by dmsetup and by pcachectl: same statuses, same output.
# First by dmsetup with a linear table, then by pcachectl with a pcache table. Exit statuses, and what the script prints
# on both outputs, are the same except for type, arguments and device numbers.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/guest.sh"
require jq=jq dmsetup=dmsetup || skip "the tools are not there"
in_guest --memory 2G --timeout 600 --unsafe-drive cache=cache:544M --unsafe-drive backing=backing:1G
modprobe dm-mod

# Runs each command and prints its exit status. Standard output and standard error of the command are kept apart.
run() {
  local status=0 text
  text=$("$@" 2>"$work/stderr") || status=$?
  echo "\$ $* -> $status"
  [ -z "$text" ] || sed 's/^/out: /' <<<"$text"
  sed 's/^/err: /' "$work/stderr"
}

life() { # TOOL TYPE TABLE
  local tool=$1 type=$2 table=$3
  run "$tool" create life --uuid LIFE-1 --table "$table"
  run "$tool" create life --table "$table"
  run "$tool" create life2 --uuid LIFE-1 --notable
  run "$tool" info -c --noheadings -o name,uuid,attr,open,segments,events life
  run "$tool" table life
  run "$tool" table --target "$type"
  run "$tool" table --target none
  run "$tool" status --target "$type" life
  run "$tool" deps -o devno life
  run "$tool" ls --target "$type"
  run blockdev --getsize64 /dev/mapper/life
  run sh -c 'seq 100000 | dd of=/dev/mapper/life bs=4k iflag=fullblock oflag=direct conv=fsync status=none'
  run sh -c 'dd if=/dev/mapper/life bs=4k count=100 iflag=direct status=none | sha256sum'
  run "$tool" suspend life
  run "$tool" info -c --noheadings -o attr,suspended life
  run "$tool" resume life
  run "$tool" info -c --noheadings -o attr,suspended life
  tail -f /dev/null </dev/mapper/life &
  local holder=$!
  run "$tool" remove life
  run "$tool" info -c --noheadings -o open life
  run "$tool" remove --deferred life
  run "$tool" info -c --noheadings -o attr,open life
  run "$tool" message life 0 @cancel_deferred_remove
  kill "$holder"
  wait "$holder" || true
  run "$tool" rename life other
  run "$tool" mknodes
  run "$tool" ls
  run "$tool" rename other --setuuid LIFE-2
  run "$tool" info -c --noheadings -o name,uuid other
  run "$tool" info -c --noheadings -o name -u LIFE-1
  run sh -c 'dd if=/dev/mapper/other bs=4k count=100 iflag=direct status=none | sha256sum'
  run "$tool" message other 0 nonsense
  run "$tool" remove other
  run "$tool" remove other
  run "$tool" table other
  run "$tool" create life --notable
  run "$tool" info -c --noheadings -o name,attr,segments life
  run "$tool" load life --table "$table"
  run "$tool" table --inactive life
  run "$tool" clear life
  run "$tool" table --inactive life
  run "$tool" load life --table "0 8 nosuchtype"
  run "$tool" load life --table "$table"
  run "$tool" resume life
  run sh -c 'dd if=/dev/mapper/life bs=4k count=100 iflag=direct status=none | sha256sum'
  run "$tool" wipe_table life
  run "$tool" table life
  run "$tool" remove_all
  run "$tool" ls
  run "$tool" nonsense
}

# Makes equal what differs on purpose. dmsetup leaves the reason of a failure to the kernel's log, so the line with the
# reason is removed.
same() { # TYPE TABLE FILE
  local arguments=${2#* * * }
  sed -e "s|^\\\$ pcachectl |\$ dmsetup |" -e "s|$arguments|ARGUMENTS|g" -e "s/\\b$1\\b/TYPE/g" -e 's/([0-9]*:[0-9]*)/(M:m)/g; s/([0-9]*, [0-9]*)/(M, m)/g' \
    -e '/^err: Usage:/,$d' -e '/^err: \(life2\?\|other\|TYPE\): /d' -e 's/[0-9]* dependencies/N dependencies/; s/\(dependenc[a-z]*\t*: \).*/\1DEVICES/' -e 's/^\(out: .* TYPE \).*/\1STATE/' "$3"
}

sectors=524288
backing=$(realpath /dev/vm/backing) cache=$(realpath /dev/vm/cache)
number() { printf '%d:%d' "0x$(stat -c %t "$1")" "0x$(stat -c %T "$1")"; }
linear="0 $sectors linear $(number "$backing") 0"
pcache="0 $sectors pcache $(number "$cache") $(number "$backing") 4 cache_mode writeback data_crc true"
life dmsetup linear "$linear" > "$work/dmsetup"
life pcachectl pcache "$pcache" > "$work/pcachectl"
same linear "$linear" "$work/dmsetup" > "$work/dmsetup.same"
same pcache "$pcache" "$work/pcachectl" > "$work/pcachectl.same"
diff -u "$work/dmsetup.same" "$work/pcachectl.same" || fail "the script runs differently"
echo "$(grep -c '^\$' "$work/dmsetup") commands, the same"
nothing_left
no_kernel_complaints
