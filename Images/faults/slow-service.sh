#!/bin/bash
#: fault — a service gets a small part of a processor
#: argument service — which one
#: argument percent=5 — how many hundredths of a processor it gets
inject() {
  remember_running_units || return
  for unit in $(remembered); do systemctl set-property --runtime "$unit" "CPUQuota=$FAULT_PERCENT%" || return; done
  echo "$FAULT_PERCENT % of a processor each: $(remembered | xargs)"
}
heal() { for unit in $(remembered); do systemctl set-property --runtime "$unit" CPUQuota= || return; done; }
