#!/bin/bash
# Corosync's packets are dropped on their way out and in: the others lose its token, and it loses theirs.
#: fault — the cluster's membership traffic of the machine is lost
inject() {
  nft "add table inet rehearsal_$FAULT_ID; add chain inet rehearsal_$FAULT_ID input { type filter hook input priority 0; };
    add chain inet rehearsal_$FAULT_ID output { type filter hook output priority 0; };
    add rule inet rehearsal_$FAULT_ID input udp dport 5404-5406 drop; add rule inet rehearsal_$FAULT_ID output udp dport 5404-5406 drop"
}
heal() { nft "delete table inet rehearsal_$FAULT_ID"; }
