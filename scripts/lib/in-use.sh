# What devices in use were started with; to be sourced by sh. The maintainer scripts of the Debian package hold a copy.
# shellcheck shell=sh

# commands_of PID: what a supervisor starts the target with, should the target die. After a restart that has succeeded,
# that is the successor's command, which becomes the command only when the successor ends.
commands_of() {
  if ! grep -qs '"ok":true' "/proc/$1/cwd/answer" || ! cat "/proc/$1/cwd/trial" 2>/dev/null; then
    cat "/proc/$1/cwd/command" "/proc/$1/cwd/trial" 2>/dev/null || true
  fi
}

# supervisors_of FOLDER: the process numbers of the supervisors whose targets have jars of the folder, one a line. Only
# root sees those of all users.
supervisors_of() {
  grep -las supervisor.sh /proc/[0-9]*/cmdline | while IFS=/ read -r _ _ pid _; do
    if commands_of "$pid" | grep -F -- "$1/" | grep -q '\.jar'; then echo "$pid"; fi
  done
}

# jars_in_use FOLDER: the jars of the folder that supervisors start their targets with, should these die.
jars_in_use() {
  for pid in $(supervisors_of "$1"); do commands_of "$pid"; done | tr ':' '\n' | grep -F -- "$1/" | grep '\.jar$' | sort -u
}
