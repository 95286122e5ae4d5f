#!/bin/bash
#: fault — a part of the machine's packets is lost, to it and from it
#: argument percent=30 — how many of a hundred
#: where testbed
inject() {
  local rules="" mac
  for mac in $FAULT_MACS; do
    rules="$rules add rule bridge rehearsal_$FAULT_ID forward ether saddr $mac numgen random mod 100 < $FAULT_PERCENT drop;"
    rules="$rules add rule bridge rehearsal_$FAULT_ID forward ether daddr $mac numgen random mod 100 < $FAULT_PERCENT drop;"
    # To and from the testbed's own side, where the recorder is, packets are not forwarded.
    rules="$rules add rule bridge rehearsal_$FAULT_ID input ether saddr $mac numgen random mod 100 < $FAULT_PERCENT drop;"
    rules="$rules add rule bridge rehearsal_$FAULT_ID output ether daddr $mac numgen random mod 100 < $FAULT_PERCENT drop;"
  done
  nft "add table bridge rehearsal_$FAULT_ID; add chain bridge rehearsal_$FAULT_ID forward { type filter hook forward priority 0; };
    add chain bridge rehearsal_$FAULT_ID input { type filter hook input priority 0; };
    add chain bridge rehearsal_$FAULT_ID output { type filter hook output priority 0; }; $rules"
}
heal() { nft "delete table bridge rehearsal_$FAULT_ID"; }
