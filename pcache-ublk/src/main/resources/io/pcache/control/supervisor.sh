# Runs a device's target and starts it again when it has died and left something to go on with: clients of its block device node wait for that, NBD clients connect again.
# Started by TargetLauncher as: sh supervisor.sh [recover], in the device's folder. There it finds
#   command      what to run, a word a line; --recover is added to start again, and for "recover" from the start
#   successor    there while another command is to be tried when the target has ended; where that does not get to serving, it is the old one's turn again
#   recover      there while there is something to go on with; the target writes it
# and writes
#   supervisor   its process number and start time, by which others know that it lives
#   started      when the target was last started
#   trial        the successor while it runs; command once it has served and ended
#   answer       what the successor said on its standard output; a line without "ok" where it ended without a word
#   answer-console  what it said of its failure
#   failed       there while targets that were to go on do not get to serving: what the last one said on its standard output; a target that serves deletes it
# Ends with the target when that has been removed, or never got anywhere. Exit statuses of a target: 0 removed, 75 handed its node over.

# Neither a key at the terminal nor its end stops a device; the target takes this over.
trap '' HUP INT QUIT
trap '[ -z "$target" ] || kill -TERM "$target"' TERM

# Limits are those that every target has, as far as they may be raised, and not what the caller of pcachectl has for its own programs.
limit() {
  if (ulimit "-$1" "$2") 2> /dev/null; then ulimit "-$1" "$2"; else ulimit -S "-$1" "$(ulimit -H "-$1")"; fi
}
for resource in t f d m v l; do limit "$resource" unlimited; done 2> /dev/null
# Threads and processes: -u or -p, whichever this shell knows.
limit u unlimited 2> /dev/null || limit p unlimited 2> /dev/null || true
limit n 65536 2> /dev/null
ulimit -S -s 8192 2> /dev/null || true
# A cache device that is mapped would be in it.
ulimit -c 0
umask 022
renice -n 0 -p $$ > /dev/null 2>&1 || true

# Clients of the node would hang: other processes can better be spared when memory is out. Needs root; a service that is still safer stays so.
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
  # Whoever waits for the target's first words must not wait for us.
  exec > /dev/null
  # A signal ends the first wait; the status is that of the last.
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
      # Back to what worked before, at once.
      mv -f console answer-console
      echo >> answer
      failures=0
      continue
    fi
  fi
  # The successor's supervisor, in this one's process.
  [ "$status" != 75 ] || exec /bin/sh "$0" recover
  if [ $(($(date +%s) - began)) -ge 60 ]; then failures=0; fi
  # One that had served has written the file anew, and is not to be made to wait for: clients do, too.
  if [ recover -nt started ]; then
    if [ "$failures" -gt 1 ]; then failures=1; fi
  elif [ -e said ]; then
    mv -f said failed
  fi
  # At once the first time; then slower and slower, up to half a minute.
  if [ "$failures" -gt 0 ]; then sleep $((failures < 5 ? failures * failures : 30)); fi
  failures=$((failures + 1))
done
