#!/bin/bash
# shellcheck disable=SC2086 # lists
# All of the machine's links, on the side of the switch.
#: fault — the machine's network cables are pulled
#: where testbed
inject() { for tap in $(taps $FAULT_MACS); do ip link set dev "$tap" down || return; done; echo "down: $(taps $FAULT_MACS | xargs)"; }
heal() { for tap in $(taps $FAULT_MACS); do ip link set dev "$tap" up || return; done; }
