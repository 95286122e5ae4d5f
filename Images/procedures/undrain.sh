#!/bin/bash
# Puts one machine's servers back into this machine's HAProxy.
# Argument: the machine.
#: step undrain — set the servers of the machine to ready, wait until they are up
. /usr/lib/rehearsal/procedure-library.sh
target=${1:-}

statistics() { /usr/lib/rehearsal/haproxy show stat | awk -F , -v server="$target" '$2 == server { print $1, $18 }'; }
all_up() { ! statistics | grep -q -v ' UP'; }
undrain() {
  local backend commands=
  [ -n "$target" ] || { echo "error: no machine given"; return 64; }
  if ! has_service haproxy || ! [ -S /run/haproxy/admin.sock ]; then
    echo "no HAProxy runs here"
    return 0
  fi
  while read -r backend _; do commands="${commands}set server $backend/$target state ready;"; done < <(statistics)
  /usr/lib/rehearsal/haproxy "${commands%;}" > /dev/null
  wait_for 30 2 "the servers of $target to be up" all_up
}
step undrain undrain
