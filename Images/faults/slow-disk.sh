#!/bin/bash
#: fault — the services' reading and writing is slowed down
#: argument kibibytes=200 — how much they may read, and write, in a second, in KiB
limit() { systemctl set-property --runtime system.slice "IOReadBandwidthMax=$1" "IOWriteBandwidthMax=$1"; }
inject() { limit "/dev/vda ${FAULT_KIBIBYTES}K" && echo "$FAULT_KIBIBYTES KiB a second"; }
heal() { limit ""; }
