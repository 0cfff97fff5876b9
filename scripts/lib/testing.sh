# For the tests in scripts/tests; to be sourced by bash. A test is a script that exits with 0 when it has passed, with
# 77 when it cannot run on this machine (reason on standard error), and with another status when it has failed. With
# PCACHE_QUICK=1 a test does less.
# shellcheck shell=bash

# shellcheck source=workspace.sh
. "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/workspace.sh"

quick() { [ "${PCACHE_QUICK:-0}" = 1 ]; }

fail() {
  note "FAILED: $*"
  exit 1
}

# refused TEXT COMMAND...: the command must fail, and say TEXT on standard error.
refused() {
  local text=$1 said status=0
  shift
  said=$("$@" 2>&1 >/dev/null) || status=$?
  [ "$status" != 0 ] || fail "not refused: $*"
  [[ $said == *"$text"* ]] || fail "refused, but without saying '$text': $* said: $said"
}

# equal WHAT EXPECTED FOUND
equal() { [ "$2" = "$3" ] || fail "$1: expected '$2', found '$3'"; }
