# A place for temporary devices, for tests and the demonstration; to be sourced by bash.
# shellcheck shell=bash

lib=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
tree=$(dirname "$(dirname "$lib")")
# shellcheck source=common.sh
. "$lib/common.sh"

pcachectl() { "$tree/scripts/pcachectl" "$@"; }

# Makes a folder for files ($work) and an empty registry of devices. On exit, the devices, the files, and all that was
# added to the list $temporary are removed.
workspace() {
  work=$(mktemp -d "${TMPDIR:-/tmp}/pcache-XXXXXX")
  temporary=("$work")
  export PCACHE_RUN_DIR=$work/run
  trap leave_workspace EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

leave_workspace() {
  local status=$?
  trap - EXIT
  [ "$status" = 0 ] || [ "$status" = "$SKIPPED" ] || show_target_logs
  local children
  children=$(jobs -p)
  # shellcheck disable=SC2086 # a list of process ids
  [ -z "$children" ] || kill $children 2>/dev/null || true
  remove_devices
  rm -rf "${temporary[@]}"
  exit "$status"
}

show_target_logs() {
  local file
  for file in "$PCACHE_RUN_DIR"/control/*/{console,log}; do
    [ -s "$file" ] || continue
    note "--- the end of $file:"
    tail -n 40 "$file" >&2
  done
}

device_names() { pcachectl info -c --noheadings -o name 2>/dev/null | grep -v '^No devices found' || true; }

remove_devices() {
  local name pid
  while IFS= read -r name; do
    pid=$(target_pid "$name") || pid=
    pcachectl resume "$name" >/dev/null 2>&1 || true
    pcachectl remove "$name" >/dev/null 2>&1 && continue
    # A failed test may leave a target that cannot be removed in order. The supervisor goes first, so that it does not
    # start another target.
    kill -9 "$(cut -d ' ' -f 1 "$PCACHE_RUN_DIR/$name/supervisor")" 2>/dev/null || true
    [ -z "$pid" ] || { kill -9 "$pid" && await_end "$pid"; } 2>/dev/null || true
    pcachectl remove --force "$name" >/dev/null 2>&1 || true
  done < <(device_names)
}

info() { pcachectl info "$1" --json | jq -er "[.. | objects | .$2? // empty] | first"; }
uri() { info "$1" uri; }
target_pid() { info "$1" pid; }

# sparse NAME SIZE: makes a file in the workspace and prints its path.
sparse() {
  truncate -s "$2" "$work/$1"
  echo "$work/$1"
}

# table SECTORS CACHE BACKING [true|false]: prints a table line, with checksums or without.
table() { echo "0 $1 pcache $2 $3 4 cache_mode writeback data_crc ${4:-true}"; }

sectors() { echo $(($(stat -Lc %s "$1") / 512)); }

# Kills a device's target. The supervisor starts another target.
kill_target() {
  local pid
  pid=$(target_pid "$1")
  kill -9 "$pid"
  await_end "$pid"
}

# The process is not a child of this shell, so the shell cannot wait for it. tail ends when the process does.
await_end() { tail --pid="$1" -s 0.05 -f /dev/null; }
