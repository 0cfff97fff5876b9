# Packages of another Debian suite than the machine's, unpacked and not installed; to be sourced after common.sh. The
# machine's own package sources are not touched. Fetched packages are kept under $package_cache; to get newer ones,
# remove this folder. PCACHE_DEBIAN_MIRROR names another mirror than http://deb.debian.org/debian.
# shellcheck shell=bash

package_mirror=${PCACHE_DEBIAN_MIRROR:-http://deb.debian.org/debian}
package_cache=${XDG_CACHE_HOME:-$HOME/.cache}/pcache/vm

# Two tests that start together must not fetch the same package twice. The lock is held until the process ends.
lock_package_cache() {
  mkdir -p "$package_cache"
  exec 9>"$package_cache/lock"
  flock 9
}

# use_suite SUITE WHAT: reads the package lists of SUITE, for packages of WHAT. Skips the test where the lists cannot be
# had.
use_suite() {
  local state=$package_cache/apt/$1
  require apt-get=apt dpkg=dpkg /usr/share/keyrings/debian-archive-keyring.gpg=debian-archive-keyring \
    || skip "$2 cannot be fetched without these"
  mkdir -p "$state/lists/partial" "$state/archives/partial"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $package_mirror $1 main" > "$state/sources.list"
  suite_options=(-q -o "Dir::Etc::sourcelist=$state/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$state/lists"
    -o "Dir::Cache=$state" -o "Dir::Cache::archives=$state/archives" -o APT::Architecture=amd64 -o APT::Sandbox::User=root
    -o Acquire::Languages=none -o Debug::NoLocking=1 -o Acquire::Retries=3
    # A mirror that lags keeps a Release file past its date. Only the signature has to be valid.
    -o Acquire::Check-Valid-Until=false)
  note "fetching $2 from $package_mirror, $1"
  apt-get "${suite_options[@]}" update >"$package_cache/apt.log" 2>&1 \
    || skip "the package lists of $1 cannot be had: $(grep -m 1 '^[EW]:' "$package_cache/apt.log" || tail -n 1 "$package_cache/apt.log")"
}

# Prints the package of the suite in use that has the highest version in its name.
newest_package() { # EXTENDED_REGULAR_EXPRESSION
  apt-cache "${suite_options[@]}" search --names-only "^$1\$" | awk '{print $1}' | sort -V | tail -n 1
}

# unpack_packages DIRECTORY PACKAGE...: unpacks packages of the suite in use.
unpack_packages() {
  local directory=$1 package
  shift
  mkdir -p "$directory.packages"
  (cd "$directory.packages" && apt-get "${suite_options[@]}" download "$@" >"$package_cache/apt.log" 2>&1) \
    || skip "$* cannot be fetched: $(tail -n 1 "$package_cache/apt.log")"
  for package in "$directory.packages"/*.deb; do dpkg -x "$package" "$directory"; done
  rm -rf "$directory.packages"
}
