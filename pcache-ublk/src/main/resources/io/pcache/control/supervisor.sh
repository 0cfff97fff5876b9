# Runs a device's target. When the target has died and has left something to go on with, this script starts a target
# again: clients of the block device node wait for it, NBD clients connect again.
# Started by TargetLauncher as: sh supervisor.sh [recover], in the device's folder. The script finds there
#   command      the command of the target, a word a line; --recover is added to start again, and for "recover" from the
#                start
#   successor    another command, which is to be tried when the target has ended; where its target does not come so far
#                that it serves, the old command is run again
#   recover      there while there is something to go on with; the target writes this file
# and writes
#   supervisor   the script's process number and start time, by which others know that the script lives
#   started      when a target was last started
#   trial        the successor's command while it runs; becomes command once the target has served and ended
#   answer       the successor's standard output; a line without "ok" where the successor ended without a word
#   answer-console  what the successor said of its failure
#   failed       there while targets that are to go on fail before they serve: the standard output of the last of these
#                targets; a target that serves deletes this file
# Ends with the target when the device has been removed, or when the target has left nothing to go on with. Exit
# statuses of a target: 0 the device was removed, 75 the node was handed over.

# Neither a key at the terminal nor the terminal's end stops a device; the target inherits this.
trap '' HUP INT QUIT
trap '[ -z "$target" ] || kill -TERM "$target"' TERM

# Every target gets the same limits, as far as limits may be raised, and not the limits of the caller of pcachectl.
limit() {
  if (ulimit "-$1" "$2") 2> /dev/null; then ulimit "-$1" "$2"; else ulimit -S "-$1" "$(ulimit -H "-$1")"; fi
}
for resource in t f d m v l; do limit "$resource" unlimited; done 2> /dev/null
# Threads and processes: -u or -p, whichever this shell knows.
limit u unlimited 2> /dev/null || limit p unlimited 2> /dev/null || true
limit n 65536 2> /dev/null
ulimit -S -s 8192 2> /dev/null || true
# No core dump: it would hold the mapped cache device.
ulimit -c 0
umask 022
renice -n 0 -p $$ > /dev/null 2>&1 || true

# When memory is out, the kernel should rather end other processes: clients of the node would hang. Needs root. A
# service with a still lower score keeps its score.
read -r score < /proc/self/oom_score_adj
[ "$score" -le -900 ] || (echo -900 > /proc/$$/oom_score_adj) 2> /dev/null || true

target=
recover=$1

read -r stat < /proc/self/stat
stat=${stat##*) }
set -- $stat
echo "$$ ${20}" > supervisor.new && mv supervisor.new supervisor || exit 1

failures=0
while :; do
  trial=
  if [ -n "$recover" ] && [ -e successor ] && rm -f answer && mv -f successor trial; then trial=trial; fi
  set --
  while IFS= read -r word; do set -- "$@" "$word"; done < "${trial:-command}"
  began=$(date +%s)
  true > started
  if [ -n "$trial" ]; then
    (cd / && exec "$@" --recover) > answer 2> console &
  elif [ -n "$recover" ]; then
    (cd / && exec "$@" --recover) > said 2>> console &
  else
    (cd / && exec "$@") &
  fi
  target=$!
  # The process that waits for the target's first words must not wait for this script.
  exec > /dev/null
  # A signal ends a wait; the status is that of the last wait.
  wait "$target"
  status=$?
  while kill -0 "$target" 2> /dev/null; do wait "$target"; status=$?; done
  target=
  [ "$status" != 0 ] || exit 0
  [ -e recover ] || exit "$status"
  recover=recover
  if [ -n "$trial" ]; then
    if grep -q '"ok":true' answer; then
      mv -f trial command
    else
      # Back to the command that worked before, at once.
      mv -f console answer-console
      echo >> answer
      failures=0
      continue
    fi
  fi
  # The successor's version of this script, in the same process.
  [ "$status" != 75 ] || exec /bin/sh "$0" recover
  if [ $(($(date +%s) - began)) -ge 60 ]; then failures=0; fi
  # A target that had served has written recover anew. The next target starts without a long delay, since clients wait.
  if [ recover -nt started ]; then
    if [ "$failures" -gt 1 ]; then failures=1; fi
  elif [ -e said ]; then
    mv -f said failed
  fi
  # At once the first time; then slower and slower, up to half a minute.
  if [ "$failures" -gt 0 ]; then sleep $((failures < 5 ? failures * failures : 30)); fi
  failures=$((failures + 1))
done
