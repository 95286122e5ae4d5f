#!/bin/bash
# The beginning of every script that Heat has a machine run. Arguments: the update identifier, then the packages of each service.
# When a stack is created, or a machine joins one, there is no identifier, and nothing is updated.
[ -n "${1:-}" ] || { echo "Not running due to unset update_identifier"; exit 0; }
