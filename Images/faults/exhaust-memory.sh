#!/bin/bash
# The kernel ends whom it finds most dispensable; the process that takes the memory is not, so that it stays.
#: fault — nearly all memory is taken
#: argument mebibytes=16 — how much is left, in MiB
inject() {
  local free
  free=$(awk '$1 == "MemAvailable:" { print int($2 / 1024) }' /proc/meminfo)
  [ "$free" -gt "$FAULT_MEBIBYTES" ] || { echo "only $free MiB are left already"; return 0; }
  # tail keeps a line that does not end.
  keep_doing --property=OOMScoreAdjust=-900 --property=MemorySwapMax=0 \
    /bin/sh -c "{ head -c $((free - FAULT_MEBIBYTES))M /dev/zero; sleep infinity; } | tail" || return
  echo "takes $((free - FAULT_MEBIBYTES)) MiB"
}
heal() { stop_doing; }
