#!/bin/bash
#: fault — the root file system is filled
#: argument mebibytes=0 — how much is left, in MiB
inject() {
  local free
  free=$(df --output=avail --block-size=1M / | tail -n 1)
  [ "$free" -gt "$FAULT_MEBIBYTES" ] || { echo "only $free MiB are left already"; return 0; }
  if [ "$FAULT_MEBIBYTES" -gt 0 ]; then
    fallocate --length "$((free - FAULT_MEBIBYTES))M" "/var/tmp/$FAULT_ID.fill" || return
  else
    # What fallocate cannot give in one piece, and what is reserved for root, is taken too.
    dd if=/dev/zero of="/var/tmp/$FAULT_ID.fill" bs=1M 2> /dev/null
  fi
  sync
  echo "$(df --output=avail --block-size=1M / | tail -n 1 | xargs) MiB left"
}
heal() { rm -f "/var/tmp/$FAULT_ID.fill"; }
