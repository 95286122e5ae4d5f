#!/bin/bash
# The next start of the database asks another machine for everything (a full state transfer).
#: fault — the database forgets where it stopped
#: argument service=galera — whose state it is
inject() {
  [ -f /var/lib/mysql/grastate.dat ] || { echo "there is no grastate.dat" >&2; return 1; }
  remember_running_units && remembered | xargs -r systemctl kill --signal=KILL || return
  rm -f /var/lib/mysql/grastate.dat
  echo "killed, and its state is gone: $(remembered | xargs)"
}
heal() { start_remembered; }
