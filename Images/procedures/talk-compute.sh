#!/bin/bash
# What TripleO did to a compute at its breakpoint in 2016 (docs/tripleo.md): it upgraded the Puppet modules alone. Puppet did the rest
# later.
# Argument: the update identifier.
#: step check-identifier — unset or already run here ends the procedure; else the marker is touched, before any work
#: step update-puppet-modules — upgrade the Puppet modules
. /usr/lib/rehearsal/procedure-library.sh

modules() { refresh_packages && upgrade_service puppet-modules; }

step_talk_identifier "${1:-}"
step update-puppet-modules modules
