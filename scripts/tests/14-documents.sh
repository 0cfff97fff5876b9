#!/usr/bin/env bash
# The commands of README.md, one after the other as they stand there, in a folder that looks like a clone; the manual.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/testing.sh"
require jq=jq nbdinfo=libnbd-bin || skip "the tools are not there"
workspace

# The text between ```sh and ``` in a file, except for the build.
blocks() { awk '/^```/ { inside = !inside && $0 == "```sh"; next } inside && !/^mvn /' "$1"; }

mkdir "$work/clone"
ln -s "$tree/scripts" "$work/clone/scripts"
blocks "$tree/README.md" > "$work/commands"
lines=$(wc -l < "$work/commands")
[ "$lines" -ge 10 ] || fail "README.md has $lines lines of commands: are its blocks still marked with sh?"
(cd "$work/clone" && bash -euo pipefail "$work/commands") > "$work/said" 2>&1 || fail "a command of README.md failed: $(tail -n 5 "$work/said")"
grep -q '^0 8388608 pcache 0 33 33 ' "$work/said" || fail "no status among: $(cat "$work/said")"
jq -e '.format' "$work/clone/cache.json" >/dev/null || fail "dump has made no JSON"
equal "devices left by README.md" "" "$(device_names)"

# A line that groff cannot set has run into one word.
require groff=groff-base || skip "groff is not there; the rest has passed"
for page in "$tree"/pcache-dmctl/target/man/*.[5-8]; do
  equal "what groff says of ${page##*/}" "" "$(groff -man -Tutf8 -ww "$page" 2>&1 >/dev/null)"
done
