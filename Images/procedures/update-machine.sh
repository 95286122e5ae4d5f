#!/bin/bash
# Updates a machine outside the cluster in place: a compute, while its tenants' traffic goes on, or the undercloud.
# Arguments: the update identifier, then the packages of each service, "service=package,package".
#: step check-identifier — an identifier that succeeded here before ends the procedure; else it is noted as begun
#: step refresh-packages — finish what dpkg was interrupted in, look at the clock, read the candidate repository
#: step update-<service> — packages of one service
#: step update-rest — all other packages
#: step restart-replaced — start services anew whose program was replaced under them
#: step rejoin — wait until every service of this machine is ready
#: step record-identifier — nothing is left to upgrade: note the identifier
. /usr/lib/rehearsal/procedure-library.sh
identifier=${1:-}

step check-identifier check_identifier "$identifier"
if is_done "$identifier"; then
  echo "update $identifier was done here before"
  exit 0
fi
step refresh-packages refresh_packages
upgrade_groups "${@:2}"
step update-rest upgrade_rest
step restart-replaced restart_replaced
step rejoin wait_for 40 5 "all services of $MACHINE to be ready" /usr/lib/rehearsal/ready
step record-identifier record_identifier "$identifier"
