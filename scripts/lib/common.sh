# Functions that the scripts share; to be sourced by bash. Nothing here changes the machine except `require`, which
# installs packages when it runs as root.
# shellcheck shell=bash

# The exit status of a test that could not run on this machine, as in automake and the kernel's own tests.
readonly SKIPPED=77

note() { printf '%s\n' "$*" >&2; }
die() { note "${0##*/}: $*"; exit 1; }
skip() { note "${0##*/}: skipped: $*"; exit "$SKIPPED"; }

# require COMMAND=PACKAGE...: makes sure that each command is there. PACKAGE may name several packages, as alternatives
# joined by '|'. An absolute path stands for a file. Returns 1 with the missing commands on standard error.
require() {
  local pair command missing=()
  for pair in "$@"; do
    command=${pair%%=*}
    has "$command" || missing+=("$pair")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    for pair in "${missing[@]}"; do
      # A package that was installed a moment ago may have brought the command.
      has "${pair%%=*}" || install_package "${pair#*=}" || true
    done
  fi
  local still=()
  for pair in "${missing[@]}"; do
    has "${pair%%=*}" || still+=("${pair%%=*} (Debian package ${pair#*=})")
  done
  [ ${#still[@]} -gt 0 ] || return 0
  note "${0##*/}: missing:$(printf ' %s,' "${still[@]}" | sed 's/,$//')"
  return 1
}

has() {
  case $1 in
    /*) [ -e "$1" ] ;;
    # The folders of system tools are not in every user's PATH.
    *) PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null ;;
  esac
}

install_package() {
  local package
  for package in ${1//|/ }; do
    note "installing $package"
    if apt_get install "$package" || { refresh_package_lists && apt_get install "$package"; }; then return 0; fi
  done
  return 1
}

apt_get() {
  DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 --no-install-recommends "$@" </dev/null >/dev/null 2>&1
}

refresh_package_lists() {
  [ -z "${package_lists_refreshed:-}" ] || return 1
  package_lists_refreshed=yes
  apt_get update
}
