#!/bin/sh
# Every server of every backend is UP.
statistics=$(/usr/lib/rehearsal/haproxy show stat 2> /dev/null)
[ -n "$statistics" ] || { echo "no answer from the admin socket"; exit 1; }
echo "$statistics" | awk -F , '
  /^#/ || $2 == "FRONTEND" || $2 == "BACKEND" || NF < 18 { next }
  { total++ }
  $18 !~ /^UP/ { bad = bad " " $1 "/" $2 "=" $18 }
  END { if (bad != "") { print "servers not up:" bad; exit 1 } print total + 0 " servers up" }'
