#!/usr/bin/env bash
# The JUnit tests of the ublk front end, also the suite of all front ends: none may be skipped on a kernel with ublk.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/guest.sh"
require fio=fio || skip "the tools are not there"
in_guest --memory 3G --timeout 900

module=$tree/pcache-ublk/target
[ -r "$module/test.classpath" ] || fail "$module/test.classpath is not there: run 'mvn package' first"
classpath=$module/test-classes:$module/classes:$(cat "$module/test.classpath")
java -Xmx1g -XX:+UseSerialGC -cp "$classpath" org.junit.platform.console.ConsoleLauncher execute --disable-banner --details=flat \
  --disable-ansi-colors --select-class=io.pcache.ublk.UblkFrontEndTest --select-class=io.pcache.ublk.UblkBehaviourTest | tee "$work/tests"
grep -qE '^\[ +0 tests (aborted|skipped) ' "$work/tests" || fail "no summary"
! grep -qE '^\[ +[1-9][0-9]* tests (aborted|skipped|failed) ' "$work/tests" || fail "not all tests ran and passed"
nothing_left
# The devices of these tests fail requests, and are discarded under their clients.
no_kernel_complaints 'I/O error.* dev ublkb'
