#!/bin/bash
# Takes one machine's servers out of this machine's HAProxy: they get no new connections, and their open connections are ended, so that
# clients reconnect elsewhere before anything stops.
# Argument: the machine whose servers are drained.
#: step drain — set the servers of the machine to drain, end kept sessions
. /usr/lib/rehearsal/procedure-library.sh
target=${1:-}

statistics() { /usr/lib/rehearsal/haproxy show stat | awk -F , -v server="$target" '$2 == server { print $1, $5 }'; }
sessions() { statistics | awk '{ total += $2 } END { print total + 0 }'; }

# Sends one command for each of the machine's servers, all in one go: every call costs an emulated machine a second.
# Arguments: the parts of the command before and after the server's name.
to_servers() {
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
  # shellcheck disable=SC2086 # a list
  echo "drained:" $backends
  # HAProxy uses one of several database servers at a time: it must use the new one before the sessions of the old one end.
  for _ in 1 2 3; do
    [ "$(sessions)" != 0 ] || break
    sleep 1
  done
  to_servers "shutdown sessions server" ""
  echo "sessions left: $(sessions)"
}
step drain drain
