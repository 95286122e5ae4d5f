#!/bin/bash
# What operators and tools leave behind in Pacemaker: it works until the day on which something has to move.
#: check — the cluster has no failed actions, no maintenance, no standby and no leftover bans
command -v cibadmin > /dev/null || exit 0
# Only one member needs to say it; a member that is out of the cluster cannot.
cib=$(cibadmin --query 2> /dev/null) || { echo "the cluster does not answer"; exit 2; }
. /etc/rehearsal/machine.conf
# shellcheck disable=SC2086 # a list
set -- $CONTROLLERS
[ "$MACHINE" = "$1" ] || exit 0
found=$(
  crm_mon --one-shot --output-as=xml 2> /dev/null | grep -o '<failure [^>]*' |
    sed 's/.*op_key="\([^"]*\)" node="\([^"]*\)".*/failed action \1 on \2/'
  grep -oE '<rsc_location id="cli-(ban|prefer|standby)[^"]*"' <<< "$cib" | sed 's/<rsc_location id=/left constraint /'
  grep -qE 'name="maintenance-mode" value="(true|1|yes|on)"' <<< "$cib" && echo "maintenance-mode is on"
  grep -qE 'name="standby" value="(true|1|yes|on)"' <<< "$cib" && echo "a member is on standby"
  grep -qE 'name="is-managed" value="(false|0|no|off)"' <<< "$cib" && echo "a resource is not managed"
)
[ -z "$found" ] || { echo "$found"; exit 1; }
