#!/usr/bin/env bash
# create shows on a terminal, and nowhere else, how far the replay of a large log is.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/testing.sh"
require jq=jq fio=fio script=bsdutils nbdinfo=libnbd-bin || skip "the tools are not there"
fio --enghelp 2>/dev/null | grep -qw nbd || skip "fio has no nbd engine"
workspace

cache=$(sparse cache 544M) backing=$(sparse backing 1G)
line=$(table "$(sectors "$backing")" "$cache" "$backing" false)
pcachectl create demo --frontend nbd --table "$line"
fio --name=keys --ioengine=nbd --uri="$(uri demo)" --rw=randwrite --bs=512 --iodepth=64 --size=1G --io_size=32M --randrepeat=1 >"$work/fio" \
  || { cat "$work/fio" >&2; fail "fio failed"; }
pcachectl remove demo

# 65536 keys take milliseconds; an interpreter takes long enough to be seen.
export PCACHE_TARGET_OPTS="-Xint -Dpcache.rehearsal.ms=0"
# A file and not a function, because script(1) asks $SHELL, or sh where that is not set.
create=$work/create
printf '#!/bin/sh\nexec %q create demo --frontend nbd --table %q\n' "$tree/scripts/pcachectl" "$line" > "$create"
chmod +x "$create"
TERM=xterm script -qec "$create" "$work/terminal" >/dev/null </dev/null || fail "create on a terminal failed: $(cat "$work/terminal")"
grep -qE 'demo: replay +[0-9]+% \[' "$work/terminal" || fail "no bar on the terminal: $(cat -v "$work/terminal")"
wiped=$'\r\e[K'
[[ $(tr -d '\n' < "$work/terminal") == *"$wiped"*nbd+unix* ]] || fail "the bar is not wiped: $(cat -v "$work/terminal")"
if sed 's/\x1b\[K//g' "$work/terminal" | grep -q $'\e'; then fail "there is more than a bar: $(cat -v "$work/terminal")"; fi
pcachectl remove demo

TERM=dumb script -qec "$create" "$work/terminal" >/dev/null </dev/null || fail "create on a dumb terminal failed"
if grep -q 'demo: ' "$work/terminal"; then fail "a bar on a terminal that cannot wipe it: $(cat -v "$work/terminal")"; fi
pcachectl remove demo

equal "said without a terminal" "" "$("$create" 2>&1 | cat)"
pcachectl remove demo
