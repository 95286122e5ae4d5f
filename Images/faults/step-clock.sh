#!/bin/bash
#: fault — the machine's clock is stepped
#: argument seconds=7200 — by how much, in seconds; less than 0 is back
step() { date --set="@$(awk -v now="$(date +%s.%N)" -v by="$1" 'BEGIN { printf "%.3f", now + by }')"; }
inject() { step "$FAULT_SECONDS"; }
heal() { step "$((-FAULT_SECONDS))"; }
