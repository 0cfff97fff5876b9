# Runs a device's target and starts it again when it has died and left a block device node behind: clients of the node wait for that.
# Started by TargetLauncher as: sh supervisor.sh, in the device's folder. There it finds
#   command      what to run, a word a line; --recover is added to start again
#   recover      there while there is something to go on with; the target writes it
# and writes
#   supervisor   its process number and start time, by which others know that it lives
#   started      when the target was last started
# Ends with the target when that has been removed or told to end, or never got anywhere.

# Neither a key at the terminal nor its end stops a device; the target takes this over.
trap '' HUP INT QUIT
trap '[ -z "$target" ] || kill -TERM "$target"' TERM

read -r stat < /proc/self/stat
stat=${stat##*) }
set -- $stat
echo "$$ ${20}" > supervisor.new && mv supervisor.new supervisor || exit 1

set --
while IFS= read -r word; do set -- "$@" "$word"; done < command

target=
failures=0
recover=
while :; do
  began=$(date +%s)
  : > started
  if [ -z "$recover" ]; then
    (cd / && exec "$@") &
  else
    (cd / && exec "$@" --recover) >> console 2>&1 &
  fi
  target=$!
  # Whoever waits for the target's first words must not wait for us.
  exec > /dev/null
  # A signal ends the first wait; the status is that of the last.
  wait "$target"
  status=$?
  while kill -0 "$target" 2> /dev/null; do wait "$target"; status=$?; done
  case $status in 0|143) exit 0 ;; esac
  [ -e recover ] || exit "$status"
  recover=1
  if [ $(($(date +%s) - began)) -ge 60 ]; then failures=0; fi
  # One that had served has written the file anew, and is not to be made to wait for: clients do, too.
  if [ recover -nt started ] && [ "$failures" -gt 1 ]; then failures=1; fi
  # At once the first time; then slower and slower, up to half a minute.
  if [ "$failures" -gt 0 ]; then sleep $((failures < 5 ? failures * failures : 30)); fi
  failures=$((failures + 1))
done
