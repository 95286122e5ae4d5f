#!/bin/bash
# Takes one machine's servers out of this machine's HAProxy: no new connections; kept ones of the database and the broker are ended,
# so that clients reconnect elsewhere while nothing is stopping yet.
# Argument: the machine whose servers are drained.
#: step drain — set the servers of the machine to drain, end kept sessions
. /usr/lib/rehearsal/procedure-library.sh
target=${1:-}

servers() { /usr/lib/rehearsal/haproxy show stat | awk -F , -v server="$target" '$2 == server { print $1 }'; }
sessions() { /usr/lib/rehearsal/haproxy show stat | awk -F , -v server="$target" '$2 == server { total += $5 } END { print total + 0 }'; }
no_sessions() { [ "$(sessions)" = 0 ]; }
drain() {
  local backend
  [ -n "$target" ] || { echo "error: no machine given"; return 64; }
  if ! has_service haproxy || ! [ -S /run/haproxy/admin.sock ]; then
    echo "no HAProxy runs here"
    return 0
  fi
  for backend in $(servers); do
    # Of several database servers one is used: the new one must be in use before the sessions of the old one end.
    /usr/lib/rehearsal/haproxy "set server $backend/$target state drain" > /dev/null
    echo "drained $backend/$target"
  done
  for _ in $(seq 5); do no_sessions && break; sleep 1; done
  for backend in $(servers); do
    /usr/lib/rehearsal/haproxy "shutdown sessions server $backend/$target" > /dev/null
  done
  echo "sessions left: $(sessions)"
}
step drain drain
