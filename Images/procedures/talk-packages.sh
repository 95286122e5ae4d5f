#!/bin/bash
# What Puppet did to every machine at once after all breakpoints: it upgraded all packages, then restarted the services that are not
# Pacemaker's. A service names the units of its own that are restarted in /etc/rehearsal/restart.d/<service>, one in a line.
#: step update-packages — upgrade everything
#: step restart-services — restart this machine's own services
. /usr/lib/rehearsal/procedure-library.sh

upgrade() { refresh_packages && upgrade_rest; }
restart() {
  local unit failed=0
  while read -r unit; do
    systemctl --quiet is-enabled "$unit" 2> /dev/null || continue
    if systemctl restart "$unit"; then echo "restarted $unit"; else failed=1; fi
  done < <(cat /etc/rehearsal/restart.d/* 2> /dev/null)
  return "$failed"
}
step update-packages upgrade
step restart-services restart
