# Persistent memory that goes bad, for tests in a guest; to be sourced by bash behind guest.sh.
# shellcheck shell=bash

mce=/sys/kernel/debug/mce-inject

bad_memory_setup() {
  modprobe mce-inject || skip "this kernel has no mce-inject"
  mountpoint -q /sys/kernel/debug || mount -t debugfs none /sys/kernel/debug
  [ -d "$mce" ] || skip "no $mce"
}

# machine_check LIST NUMBER PHYSICAL: an uncorrected memory error in the page of a physical address. Software tells of
# the error in a form that the decoders of AMD and of Intel both take. Returns when the kernel's LIST has NUMBER bad
# ranges.
machine_check() {
  local i
  echo sw > "$mce/flags"
  echo 0 > "$mce/cpu"
  printf '0x%x\n' "$3" > "$mce/addr"
  echo 0x8c > "$mce/misc"
  echo 0xb400000000080080 > "$mce/status"
  echo 4 > "$mce/bank"
  for ((i = 0; i < 100; i++)); do
    [ "$(wc -w < "$1")" -lt $((2 * $2)) ] || return 0
    sleep 0.1
  done
  skip "the kernel lists no bad block after a machine check"
}

# place SEGMENT BYTE: the place on a cache device of a byte of a segment's data.
place() { echo $((20480 + $1 * (16 << 20) + 12288 + $2)); }

said() {
  grep -qF "$1" "$PCACHE_RUN_DIR"/control/*/log || { tail -n 20 "$PCACHE_RUN_DIR"/control/*/log; fail "the log does not say: $1"; }
}
