#!/usr/bin/env bash
# SQLite under load on ext4 on the device, the target killed in the middle: the database is sound, no commit is lost.
set -euo pipefail
. "$(dirname "$(realpath "$0")")/../lib/guest.sh"
require jq=jq sqlite3=sqlite3 mkfs.ext4=e2fsprogs || skip "the tools are not there"
in_guest --memory 2G --unsafe-drive cache=cache:544M --unsafe-drive backing=backing:640M

transactions=400 kills=3
if quick; then transactions=100 kills=1; fi
line=$(table "$(($(blockdev --getsize64 /dev/vm/backing) / 512))" "$(realpath /dev/vm/cache)" "$(realpath /dev/vm/backing)")
pcachectl create demo --table "$line"
device=$(path demo)
mkfs.ext4 -q "$device"
mkdir "$work/mounted"
mount "$device" "$work/mounted"
database=$work/mounted/accounts.db

# Money moves between accounts, so every consistent state has the same sum. Each transaction has a number.
sqlite3 "$database" >/dev/null <<'SQL'
PRAGMA journal_mode = WAL;
CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL, filler BLOB);
CREATE TABLE history (number INTEGER PRIMARY KEY, source INTEGER, target INTEGER, amount INTEGER);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
  INSERT INTO account SELECT i, 1000, randomblob(200) FROM n;
SQL

{
  echo "PRAGMA synchronous = FULL;"
  for ((number = 1; number <= transactions; number++)); do
    source=$((1 + RANDOM % 2000)) target=$((1 + RANDOM % 2000)) amount=$((RANDOM % 100))
    echo "BEGIN IMMEDIATE;"
    echo "UPDATE account SET balance = balance - $amount, filler = randomblob(200) WHERE id = $source;"
    echo "UPDATE account SET balance = balance + $amount, filler = randomblob(200) WHERE id = $target;"
    echo "INSERT INTO history VALUES ($number, $source, $target, $amount);"
    echo "COMMIT;"
    echo "SELECT 'committed', $number;"
  done
} > "$work/load.sql"
sqlite3 -bail "$database" < "$work/load.sql" > "$work/committed" 2>"$work/errors" &
load=$!

killed=0
pid=$(target_pid demo)
while kill -0 "$load" 2>/dev/null && [ "$killed" -lt "$kills" ]; do
  reached=$(grep -c committed "$work/committed" || true)
  if [ "$reached" -ge $((transactions * (killed + 1) / (kills + 2))) ]; then
    kill -9 "$pid"
    killed=$((killed + 1))
    echo "target $pid killed after $reached transactions"
    # The supervisor does the rest; the next kill needs a living target.
    pid=$(await_successor "$pid")
  else
    sleep 0.1
  fi
done
wait "$load" || { cat "$work/errors"; fail "the database saw an error"; }
equal "times that the target was killed" "$kills" "$killed"

verify() {
  equal "integrity_check" ok "$(sqlite3 "$database" 'PRAGMA integrity_check')"
  equal "sum of balances" 2000000 "$(sqlite3 "$database" 'SELECT sum(balance) FROM account')"
  equal "transactions" "$transactions" "$(sqlite3 "$database" 'SELECT count(*) FROM history')"
}
verify
umount "$work/mounted"
e2fsck -fn "$device" >/dev/null
pcachectl remove demo
pcachectl create demo --table "$line"
mount "$(path demo)" "$work/mounted"
verify
umount "$work/mounted"
pcachectl remove demo
nothing_left
no_kernel_complaints
