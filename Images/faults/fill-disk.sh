#!/bin/bash
#: fault — the root file system is filled
#: argument mebibytes=0 — how much is left, in MiB
inject() {
  local free
  free=$(df --output=avail --block-size=1M / | tail -n 1)
  [ "$free" -gt "$FAULT_MEBIBYTES" ] || { echo "only $free MiB are left already"; return 0; }
  # Nothing is written, neither here nor on the host's disk.
  fallocate --length "$((free - FAULT_MEBIBYTES))M" "/var/tmp/$FAULT_ID.fill" || return
  # What is reserved for root is taken too.
  [ "$FAULT_MEBIBYTES" -gt 0 ] || dd if=/dev/zero of="/var/tmp/$FAULT_ID.rest" bs=64k 2> /dev/null
  sync
  echo "$(df --output=avail --block-size=1M / | tail -n 1 | xargs) MiB left"
}
heal() { rm -f "/var/tmp/$FAULT_ID.fill" "/var/tmp/$FAULT_ID.rest"; }
