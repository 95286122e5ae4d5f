#!/bin/bash
# What TripleO's yum_update.sh did to a controller with Pacemaker in 2016 (docs/tripleo.md), in its order and with its faults. The marker is
# touched before any work. No address is moved, no server is drained, and no other controller is looked at. Whether the cluster stopped is
# not checked. All packages change in one go, and the status of that step counts at the end only.
# Argument: the update identifier.
#: step check-identifier — unset or already run here ends the procedure; else the marker is touched, before any work
#: step check-updates — nothing to update ends the procedure
#: step repair-cluster — put back constraints and bounds that the cluster has lost
#: step stop-cluster — stop the cluster, unchecked
#: step kill-leftovers — kill what the L3 agent left
#: step check-addresses — this machine holds no address any more that another one takes over; not part of the real script
#: step update-packages — upgrade everything; the status is kept for the end
#: step start-cluster — start the cluster
#: step wait-online — until this machine is online, 600 s
#: step wait-galera — until Galera is synced here, 360 s
#: step settle — until the cluster has settled, 1800 s
# shellcheck disable=SC2317 # step and wait_for call the functions
. /usr/lib/rehearsal/procedure-library.sh
result=0

stop() {
  systemctl stop pacemaker.service corosync.service
  return 0
}
upgrade() {
  upgrade_rest
  result=$?
  echo "package update return code: $result"
  return "$result"
}
start() {
  reload_units
  systemctl start corosync.service pacemaker.service
}
synced() { case $(http_get 127.0.0.1 9200 / 20) in *" 200 "*) ;; *) return 1 ;; esac; }
settled() {
  timeout -k 10 "$(scaled 1800)" crm_resource --wait --timeout="$(scaled 1800)" > /dev/null || {
    echo "error: timed out while waiting for the cluster to settle"
    return 1
  }
}

step_talk_identifier "${1:-}"
step_unchecked check-updates refresh_packages
if [ -z "$(upgradable)" ]; then
  echo "No packages require updating"
  exit 0
fi
step repair-cluster /usr/lib/rehearsal/cluster-rules repair
step_unchecked stop-cluster stop
step_unchecked kill-leftovers end_keepalived
step check-addresses check_addresses
step_unchecked update-packages upgrade
step_unchecked start-cluster start
step wait-online wait_for 600 5 "$MACHINE to be online" pacemaker_is_online
if has_service galera; then step wait-galera wait_for 360 3 "Galera to be synced" synced; fi
step settle settled
exit "$result"
