#!/bin/bash
# What the talk's release did to a compute at its breakpoint: the Puppet modules alone. Everything else came later, by Puppet.
# Argument: the update identifier.
#: step check-identifier — unset or already run here ends the procedure; else the marker is touched, before any work
#: step update-puppet-modules — upgrade the Puppet modules
. /usr/lib/rehearsal/procedure-library.sh
identifier=$(printf '%s' "${1:-}" | tr -cd 'A-Za-z0-9_-')
markers=/var/lib/rehearsal/talk-update

touch_marker() { mkdir -p "$markers" && touch "$markers/$identifier"; }
modules() { refresh_packages && upgrade_service puppet-modules; }

if [ -z "$identifier" ]; then
  echo "Not running due to unset update_identifier"
  exit 0
fi
if [ -e "$markers/$identifier" ]; then
  echo "Not running for already-run timestamp \"$identifier\""
  exit 0
fi
step check-identifier touch_marker
step update-puppet-modules modules
