#!/bin/bash
# Updates one controller: leaves the cluster, upgrades its packages service by service, and comes back.
# Every step can be done again: a controller that was stopped half-way goes on from where it is.
# Arguments: the update identifier, then the packages of each service, "service=package,package".
#: step check-identifier — an identifier that succeeded here before ends the procedure; else it is noted as begun
#: step refresh-packages — finish what dpkg was interrupted in, look at the clock, read the candidate repository
#: step download-packages — fetch all candidate packages while everything still runs; there is room for them, and none is held back
#: step check-configuration — the new versions accept this machine's configuration
#: step repair-cluster — put back constraints and bounds that services declare and the cluster has lost
#: step stop-cluster — stop Pacemaker and with it this machine's services, in bounded time
#: step end-keepalived — end a keepalived that outlived its agent
#: step check-addresses — this machine holds no address any more that another one takes over
#: step update-<service> — packages of one service
#: step update-rest — all other packages
#: step restart-replaced — start services anew that are not the cluster's and whose program was replaced under them
#: step start-cluster — start Corosync and Pacemaker, wait until this machine is online with quorum
#: step rejoin — wait until every service of this machine is ready again
#: step record-identifier — nothing is left to upgrade: note the identifier
. /usr/lib/rehearsal/procedure-library.sh
identifier=${1:-}

# A machine that goes on with an update that was cut off is out of the cluster; the next one mends what is missing.
repair() { systemctl_is_stopped pacemaker.service || /usr/lib/rehearsal/cluster-rules repair; }
leave() {
  # No service comes back by itself: policy-rc.d keeps dpkg from starting it, and Pacemaker is gone.
  systemctl_is_stopped pacemaker.service || stop_cluster 60 || return
  systemctl stop corosync.service
}
come_back() {
  reload_units && start_cluster
}
all_ready() { /usr/lib/rehearsal/ready; }

step check-identifier check_identifier "$identifier"
if is_done "$identifier" && ! systemctl_is_stopped pacemaker.service; then
  echo "update $identifier was done here before"
  exit 0
fi
step refresh-packages refresh_packages
step download-packages download_packages
step check-configuration check_configuration
step repair-cluster repair
step stop-cluster leave
step end-keepalived end_keepalived
step check-addresses check_addresses
upgrade_groups "${@:2}"
step update-rest upgrade_rest
systemctl reset-failed 2> /dev/null
step restart-replaced restart_replaced
step start-cluster come_back
step rejoin wait_for 100 5 "all services of $MACHINE to be ready" all_ready
step record-identifier record_identifier "$identifier"
