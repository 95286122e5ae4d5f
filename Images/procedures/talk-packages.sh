#!/bin/bash
# What Puppet did to every machine at once after all breakpoints: it upgraded all packages, then restarted the services that are not
# Pacemaker's.
#: step update-packages — upgrade everything
#: step restart-services — restart this machine's own services
. /usr/lib/rehearsal/procedure-library.sh

upgrade() { refresh_packages && upgrade_rest; }
restart() {
  local unit
  for unit in rehearsal-workload-http.service rehearsal-workload-echo.service rehearsal-repository.service clustercheck.service; do
    if systemctl --quiet is-enabled "$unit" 2> /dev/null; then systemctl restart "$unit" && echo "restarted $unit"; fi
  done
  return 0
}
step update-packages upgrade
step restart-services restart
