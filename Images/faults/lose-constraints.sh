#!/bin/bash
# The cluster's configuration as the talk's release had it: nothing says what needs what, and a stop has the standard time.
#: fault — the cluster forgets in which order resources start and stop, and gives each stop little time
#: argument stop_s=20 — the seconds that a stop may take
#: latent
inject() {
  cibadmin --query > "$FAULT_NOTES" || return
  awk -v stop="${FAULT_STOP_S}s" '
    /<rsc_order / { orders++; next }
    /<op / && / name="stop"/ { sub(/ timeout="[^"]*"/, " timeout=\"" stop "\"") }
    /<cib / && match($0, / epoch="[0-9]+"/) {
      number = substr($0, RSTART + 8, RLENGTH - 9) + 1
      $0 = substr($0, 1, RSTART - 1) " epoch=\"" number "\"" substr($0, RSTART + RLENGTH)
    }
    { print }
    END { exit orders == 0 }' "$FAULT_NOTES" > "$FAULT_NOTES.new" || { echo "no order is known" >&2; return 1; }
  cibadmin --replace --xml-file "$FAULT_NOTES.new" || return
  echo "forgot $(grep -c '<rsc_order ' "$FAULT_NOTES") orders, ${FAULT_STOP_S} s for a stop"
}
heal() { /usr/lib/rehearsal/cluster-rules repair; }
