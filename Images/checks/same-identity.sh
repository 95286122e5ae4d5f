#!/bin/bash
# An update that gives a machine another port, address or server breaks what its peers know of it (docs/bugs/1-tooling.md).
#: check — every machine is the same server, and has the same ports, hardware addresses and addresses
#: same
. /etc/rehearsal/machine.conf
echo "machine $MACHINE $(cat /etc/machine-id)"
. /etc/rehearsal/heat-agent.conf 2> /dev/null && echo "server ${METADATA_URL##*/}"
for note in /var/lib/rehearsal/ports/*; do
  if [ -e "$note" ]; then echo "port ${note##*/} $(cat "$note")"; fi
done
while read -r _ _ address _ device; do echo "address $device $address $(cat "/sys/class/net/$device/address")"; done \
  < <(grep '^address ' /etc/rehearsal/network.batch)
while read -r _ _ address _ device; do
  ip -4 -o address show dev "$device" to "${address%/*}" | grep -q . || echo "$device lacks $address"
done < <(grep '^address ' /etc/rehearsal/network.batch)
exit 0
