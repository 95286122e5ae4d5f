#!/bin/sh
# Quorum with all votes, and Pacemaker's partition has every controller.
. /etc/rehearsal/machine.conf
status=$(corosync-quorumtool -s 2> /dev/null)
expected=$(echo "$status" | sed -n 's/^Expected votes: *//p')
total=$(echo "$status" | sed -n 's/^Total votes: *//p')
case $status in *"Quorate:          Yes"*) ;; *) echo "no quorum, ${total:-0}/${expected:-?} votes"; exit 1 ;; esac
[ "$total" = "$expected" ] || { echo "$total/$expected votes"; exit 1; }
partition=$(crm_node --partition 2> /dev/null)
for controller in $CONTROLLERS; do
  case " $partition " in *" $controller "*) ;; *) echo "$controller is not in the partition"; exit 1 ;; esac
done
echo "quorum $total/$expected"
