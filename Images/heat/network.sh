#!/bin/bash
# Gives this machine's interfaces the ports that the stack has for them, as os-net-config did in TripleO. An interface whose port is another
# one than before goes down, loses its addresses, and comes back with the new port's hardware address, to which no peer has spoken yet.
# Arguments: an empty one, in the place of the update identifier; then "network=port" for each interface, in order.
. /usr/lib/rehearsal/procedure-library.sh
notes=/var/lib/rehearsal/ports

take_ports() {
  local pair network port known mac device number=0
  mkdir -p "$notes" || return
  for pair in "$@"; do
    network=${pair%%=*} port=${pair#*=} device=eth$number
    number=$((number + 1))
    known=$(cat "$notes/$network" 2> /dev/null)
    [ "$known" != "$port" ] || continue
    if [ -n "$known" ]; then
      # Neutron makes a port's hardware address behind fa:16:3e, by chance (base_mac).
      mac=fa:16:3e:${port:0:2}:${port:2:2}:${port:4:2}
      echo "$device gets port $port ($mac) in place of $known"
      ip link set dev "$device" down && ip address flush dev "$device" && ip link set dev "$device" address "$mac" || return
      ip -batch /etc/rehearsal/network.batch || return
    fi
    printf '%s\n' "$port" > "$notes/$network.new" && sync "$notes/$network.new" && mv "$notes/$network.new" "$notes/$network" || return
  done
}

step take-ports take_ports "${@:2}"
