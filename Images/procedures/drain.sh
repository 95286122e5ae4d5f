#!/bin/bash
# Takes one machine's servers out of this machine's HAProxy: no new connections; kept ones of the database and the broker are ended,
# so that clients reconnect elsewhere while nothing is stopping yet.
# Argument: the machine whose servers are drained.
#: step drain — set the servers of the machine to drain, end kept sessions
. /usr/lib/rehearsal/procedure-library.sh
target=${1:-}

statistics() { /usr/lib/rehearsal/haproxy show stat | awk -F , -v server="$target" '$2 == server { print $1, $5 }'; }
# One command for each of the machine's servers, all in one go: every call costs an emulated machine a second.
to_servers() { # the command before and after the server's name
  local backend commands=
  for backend in $backends; do commands="$commands$1 $backend/$target $2;"; done
  /usr/lib/rehearsal/haproxy "${commands%;}" > /dev/null
}
drain() {
  local backends
  [ -n "$target" ] || { echo "error: no machine given"; return 64; }
  if ! has_service haproxy || ! [ -S /run/haproxy/admin.sock ]; then
    echo "no HAProxy runs here"
    return 0
  fi
  backends=$(statistics | cut -d ' ' -f 1)
  to_servers "set server" "state drain"
  echo "drained:" $backends
  # Of several database servers one is used: the new one must be in use before the sessions of the old one end.
  for _ in 1 2 3; do
    [ "$(statistics | awk '{ total += $2 } END { print total + 0 }')" != 0 ] || break
    sleep 1
  done
  to_servers "shutdown sessions server" ""
  echo "sessions left:" $(statistics | awk '{ total += $2 } END { print total + 0 }')
}
step drain drain
