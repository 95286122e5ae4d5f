# Sourced by ready. The cluster is ready when it has quorum with all votes, and Pacemaker's partition has every controller.
status=$(timeout 20 corosync-quorumtool -s 2> /dev/null)
[[ $status =~ Expected\ votes:\ +([0-9]+) ]] && expected=${BASH_REMATCH[1]}
[[ $status =~ Total\ votes:\ +([0-9]+) ]] && total=${BASH_REMATCH[1]}
[[ $status =~ Quorate:\ +Yes ]] || { echo "no quorum, ${total:-0}/${expected:-?} votes"; exit 1; }
[ "$total" = "$expected" ] || { echo "$total/$expected votes"; exit 1; }
partition=$(timeout 20 crm_node --partition 2> /dev/null)
for controller in $CONTROLLERS; do
  case " $partition " in *" $controller "*) ;; *) echo "$controller is not in the partition"; exit 1 ;; esac
done
echo "quorum $total/$expected"
