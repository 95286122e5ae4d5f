#!/bin/bash
# shellcheck disable=SC2086 # lists
# What is sent to the machine waits in a queue that empties slowly, and what does not fit into it is lost.
#: fault — the machine's links become slow, and what is sent to it comes late
#: argument kilobits=256 — how much arrives in a second, in kbit
#: where testbed
inject() {
  local tap
  for tap in $(taps $FAULT_MACS); do
    tc qdisc replace dev "$tap" root tbf rate "${FAULT_KILOBITS}kbit" burst 4k latency 500ms || return
  done
  echo "$FAULT_KILOBITS kbit a second: $(taps $FAULT_MACS | xargs)"
}
heal() { for tap in $(taps $FAULT_MACS); do tc qdisc del dev "$tap" root; done; }
