#!/bin/bash
# A cluster that has lost a rule works until something stops: then services are stopped under those that use them, or have too little time.
#: check — the cluster has every constraint and every bound that its services declare
. /etc/rehearsal/machine.conf
# Only one member needs to say it.
case $CONTROLLERS in "$MACHINE "*) ;; *) exit 0 ;; esac
missing=$(/usr/lib/rehearsal/cluster-rules missing) || exit 2
[ -n "$missing" ] || exit 0
while IFS= read -r rule; do
  id=${rule#* id=\"}
  id=${id%%\"*}
  bound=${rule#* timeout=\"}
  case $rule in
    '<op '*) echo "missing bound $id of ${bound%%\"*}" ;;
    '<rsc_order '*) echo "missing order $id" ;;
    *) echo "missing colocation $id" ;;
  esac
done <<< "$missing"
exit 1
