#!/bin/bash
# Users still reach all of them; only between these machines nothing arrives.
#: fault — nothing arrives between the machine and some others
#: argument from — the other machines, separated by commas
#: where testbed
inject() {
  local here there
  # shellcheck disable=SC2086 # lists
  here=$(taps $FAULT_MACS | paste -s -d ,) there=$(taps $FAULT_OTHER_MACS | paste -s -d ,)
  [ -n "${here:+$there}" ] || { echo "the machines have no links" >&2; return 1; }
  nft "add table bridge rehearsal_$FAULT_ID; add chain bridge rehearsal_$FAULT_ID forward { type filter hook forward priority 0; };
    add rule bridge rehearsal_$FAULT_ID forward iifname { $here } oifname { $there } drop;
    add rule bridge rehearsal_$FAULT_ID forward iifname { $there } oifname { $here } drop"
}
heal() { nft "delete table bridge rehearsal_$FAULT_ID"; }
