#!/bin/bash
# Begins what Heat has a machine run. Arguments: the update identifier, then the packages of each service.
# A stack that is created, and a machine that joins one, has no identifier and updates nothing.
[ -n "${1:-}" ] || { echo "Not running due to unset update_identifier"; exit 0; }
