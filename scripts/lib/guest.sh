# For the tests that run in a guest (scripts/tests/vm-*.sh); to be sourced by bash. A test boots a guest, and the guest
# runs the same script again. in_guest returns only in the guest.
# shellcheck shell=bash

# shellcheck source=testing.sh
. "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/testing.sh"

self=$(realpath "$0")

inside() { [ "${PCACHE_VM:-0}" = 1 ]; }

# boot OPTION...: runs this test in a guest. Options are those of scripts/vm; arguments of the test follow after "--".
boot() {
  local options=()
  while [ $# -gt 0 ] && [ "$1" != -- ]; do options+=("$1"); shift; done
  [ $# = 0 ] || shift
  "$tree/scripts/vm" --kernel "${PCACHE_KERNEL:-6.12}" --timeout 900 --env "PCACHE_QUICK=${PCACHE_QUICK:-0}" "${options[@]}" \
    "$self" "$@"
}

# in_guest OPTION...: lets the rest of the test run in a guest, which has these options of scripts/vm. A file of --drive
# or --pmem without a folder is made in a temporary folder.
in_guest() {
  inside || { guest_files; boot "$@"; exit; }
  guest_setup
}

# Makes a folder for the files of the guest's disks, which is removed at the end. The folder is the working directory
# from here on.
guest_files() {
  guest_folder=$(mktemp -d "${TMPDIR:-/tmp}/pcache-guest-XXXXXX")
  trap 'rm -rf "$guest_folder"' EXIT
  cd "$guest_folder" || exit
}

# In the guest: loads ublk. At the end, devices are removed, and the kernel must not have complained.
guest_setup() {
  modprobe ublk_drv || skip "kernel $(uname -r) has no ublk_drv"
  [ -c /dev/ublk-control ] || fail "ublk_drv is loaded, but there is no /dev/ublk-control"
  work=$(mktemp -d /tmp/pcache-XXXXXX)
  temporary=("$work")
  export PCACHE_RUN_DIR=/run/pcache
  # The emulated machine may share its CPUs with others.
  export PCACHE_TIMEOUT=60
  export PCACHE_TARGET_OPTS="-XX:ErrorFile=/tmp/hs_err_%p.log ${PCACHE_TARGET_OPTS:-}"
  trap leave_guest EXIT
}

leave_guest() {
  local status=$? file
  trap - EXIT
  if [ "$status" != 0 ] && [ "$status" != "$SKIPPED" ]; then
    show_target_logs
    for file in /tmp/hs_err_*.log; do
      [ ! -e "$file" ] || { note "--- the beginning of $file:"; head -n 60 "$file" >&2; }
    done
    note "--- the end of the kernel log:"
    dmesg | tail -n 30 >&2
  fi
  exit "$status"
}

# Kernel messages about failures that no test should cause.
kernel_complaints() {
  dmesg | grep -E 'WARNING:|BUG:|Oops|Call Trace|blocked for more than|I/O error|EXT4-fs (error|warning)|XFS .*(Corruption|error|shutdown)' || true
}

no_kernel_complaints() { # [EXPECTED], an extended regular expression
  local complaints
  complaints=$(kernel_complaints | grep -vE "${1:-^$}" || true)
  [ -z "$complaints" ] || fail "the kernel log has: $complaints"
}

# After remove: there is no node, no link, no process.
nothing_left() {
  local left
  left=$(find /dev -name 'ublk[bc]*' -o -path '/dev/mapper/*' ! -name control -o -path '/dev/pcache/*')
  [ -z "$left" ] || fail "left in /dev: $left"
  left=$(pgrep -fa io.pcache.server.TargetMain || true)
  [ -z "$left" ] || fail "processes left: $left"
}

path() { info "$1" path; }

# by_direct_io DEVICE: data of the device's cache goes past the page cache.
by_direct_io() { [[ $(info "$1" cache) == *"; data by direct I/O, "* ]] || fail "of the cache, info says: $(info "$1" cache)"; }

# The number of reads and writes that the device has completed.
completed() { awk '{print $1 + $5}' "/sys/block/${1##*/}/stat"; }

# await_requests DEVICE NUMBER PROCESS: returns when the device has completed NUMBER more requests. Fails when PROCESS,
# which makes the requests, ends, or when three minutes have passed.
await_requests() {
  local wanted=$(($(completed "$1") + $2)) deadline=$((SECONDS + 180))
  until [ "$(completed "$1")" -ge "$wanted" ]; do
    kill -0 "$3" 2>/dev/null || fail "the load ended"
    [ "$SECONDS" -lt "$deadline" ] || fail "no $2 requests in three minutes"
    sleep 0.1
  done
}

# The process that serves the only device. A question to the target would take the start of a Java program.
target_process() { pgrep -o -f '^[^ ]*java .*io\.pcache\.server\.TargetMain '; }

# await_successor PID: prints the process that has replaced process PID; fails after two minutes.
await_successor() {
  local pid deadline=$((SECONDS + 120))
  until pid=$(target_process) && [ "$pid" != "$1" ]; do
    [ "$SECONDS" -lt "$deadline" ] || fail "no target has taken the place of process $1"
    sleep 0.1
  done
  echo "$pid"
}
