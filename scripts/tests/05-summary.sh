#!/usr/bin/env bash
# The last lines of scripts/test: how many guest tests ran, and which did not and why.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/testing.sh"
workspace

# A tree for this test alone, with tests that only end.
mkdir -p "$work/tree/scripts/tests"
cp "$tree/scripts/test" "$work/tree/scripts/"
cp -r "$tree/scripts/lib" "$work/tree/scripts/"
ending() { # NAME STATUS SENTENCE
  printf '#!/bin/sh\n# A test.\necho "%s" >&2\nexit %d\n' "$3" "$2" > "$work/tree/scripts/tests/$1.sh"
  chmod +x "$work/tree/scripts/tests/$1.sh"
}
ending 10-here 0 "all is well"
ending vm-10-good 0 "all is well"
ending vm-20-bad 1 "FAILED: it is broken"
ending vm-30-first 77 "skipped: there is no kernel: none"
ending vm-40-second 77 "skipped: there is no kernel: none"
ending vm-50-third 77 "skipped: the guest has no disk"

said() { "$work/tree/scripts/test" "$@" 2>&1 | sed -n '/^took .* min /,$p' | tail -n +2; }

equal "the last lines" "guest tests: 2 of 5 ran
guest tests that did not run: vm-30-first (Linux 6.12), vm-40-second (Linux 6.12): skipped: there is no kernel: none
guest tests that did not run: vm-50-third (Linux 6.12): skipped: the guest has no disk
2 passed, 1 failed, 3 skipped" "$(said 10- vm-)"
equal "the last lines without time" "guest tests: 0 of 1 ran
guest tests that did not run: vm-10-good (Linux 6.12): the limit of 0 minutes was met
0 passed, 0 failed, 1 skipped" "$(said --limit 0 vm-10)"
equal "the last lines without guests" "guest tests: 0 of 1 ran
guest tests that did not run: vm-50-third (Linux 6.12): left out by --no-vm
0 passed, 0 failed, 0 skipped" "$(said --no-vm vm-50)"
equal "the last lines of other tests" "1 passed, 0 failed, 0 skipped" "$(said 10-here)"

# A failing build: no test has run.
echo "<project/>" > "$work/tree/pom.xml"
equal "the last lines after a failed build" "guest tests: 0 of 10 ran
guest tests that did not run: $(for name in 10-good 20-bad 30-first 40-second 50-third; do printf 'vm-%s (Linux 6.12), vm-%s (Linux 7.2), ' "$name" "$name"; done \
  | sed 's/, $//'): not started, for what failed before" "$(said --quick --kernel all | head -n 2)"
