#!/bin/bash
# The machine hears no VRRP advertisements any more, takes the others for dead, and is master beside the one that is.
#: fault — the machine does not hear the other routers, and becomes master too
inject() {
  ip netns list | cut -d ' ' -f 1 > "$FAULT_NOTES"
  [ -s "$FAULT_NOTES" ] || { echo "there is no router here" >&2; return 1; }
  while read -r router; do
    ip netns exec "$router" nft "add table inet rehearsal_$FAULT_ID;
      add chain inet rehearsal_$FAULT_ID input { type filter hook input priority 0; };
      add rule inet rehearsal_$FAULT_ID input meta l4proto 112 drop" || return
  done < "$FAULT_NOTES"
}
heal() { while read -r router; do ip netns exec "$router" nft "delete table inet rehearsal_$FAULT_ID"; done < "$FAULT_NOTES"; }
