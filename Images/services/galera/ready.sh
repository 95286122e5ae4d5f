#!/bin/sh
# Synced, and the cluster has every controller.
. /etc/rehearsal/machine.conf
set -- $CONTROLLERS
answer=$(curl --silent --max-time 15 http://127.0.0.1:9200/)
[ "$answer" = "Synced $#" ] || { echo "${answer:-no answer from clustercheck}, wanted Synced $#"; exit 1; }
echo "$answer"
