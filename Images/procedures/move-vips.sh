#!/bin/bash
# Moves every virtual address off this machine, before anything on it stops.
# Arguments: this machine, and the update identifier. A machine on which that update is done keeps its addresses.
#: step move-vips — ban the addresses from this machine, wait until they are up elsewhere
#: step clear-bans — let them come back one day
. /usr/lib/rehearsal/procedure-library.sh

# Prints a line "<resource> <address>" for each virtual address.
vips() {
  [ -z "$VIP_INTERNAL" ] || echo "vip-internal $VIP_INTERNAL"
  [ -z "$VIP_PUBLIC" ] || echo "vip-public $VIP_PUBLIC"
}
# Whether an address, or the cluster's resource for it, is on this machine. Arguments: the resource, the address.
is_here() {
  [ -z "$(ip -4 -o address show to "$2/32")" ] || return 0
  [ "$(crm_resource --resource "$1" --locate --quiet 2> /dev/null)" = "$MACHINE" ]
}

move() {
  local resource address moved=
  while read -r resource address; do
    if is_here "$resource" "$address"; then
      echo "$resource ($address) is here"
      crm_resource --resource "$resource" --ban --node "$MACHINE" --lifetime=PT30M --quiet || return 1
      moved="$moved $resource"
    fi
  done < <(vips)
  while read -r resource address; do
    case " $moved " in *" $resource "*) wait_for 30 1 "$resource to be elsewhere" vip_is_elsewhere "$address" "$resource" || return ;; esac
  done < <(vips)
}
clear_bans() {
  local resource
  while read -r resource _; do crm_resource --resource "$resource" --clear --node "$MACHINE" --quiet 2> /dev/null || true; done < <(vips)
}

if ! has_service vip || systemctl_is_stopped pacemaker.service; then
  echo "no virtual addresses to move from here"
  exit 0
fi
if is_done "${2:-}"; then
  echo "update $2 was done here before: nothing of this machine will stop"
  exit 0
fi
step move-vips move
step clear-bans clear_bans
