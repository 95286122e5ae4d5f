#!/bin/sh
# Each virtual address is here exactly if Pacemaker runs it here.
. /etc/rehearsal/machine.conf
said=
for vip in "vip-internal $VIP_INTERNAL" "vip-public $VIP_PUBLIC"; do
  resource=${vip% *} address=${vip#* }
  here=no; ip -4 -o address show to "$address/32" | grep -q . && here=yes
  holder=$(crm_resource --resource "$resource" --locate --quiet 2> /dev/null | head -n 1)
  [ -n "$holder" ] || { echo "$resource runs nowhere"; exit 1; }
  wanted=no; [ "$holder" = "$MACHINE" ] && wanted=yes
  [ "$here" = "$wanted" ] || { echo "$resource: Pacemaker says $holder, on this machine: $here"; exit 1; }
  said="$said $resource on $holder"
done
echo "${said# }"
