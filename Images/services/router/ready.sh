#!/bin/sh
# keepalived runs in the router's namespace; says whether it is master.
[ -s /run/rehearsal/keepalived.pid ] && read -r pid < /run/rehearsal/keepalived.pid && [ -e "/proc/$pid/status" ] || { echo "keepalived is not running"; exit 1; }
[ "$(ip netns identify "$pid")" = qrouter-0 ] || { echo "keepalived is not in the namespace qrouter-0"; exit 1; }
if ip -n qrouter-0 -o address show dev ha | grep -q '169\.254\.0\.1/'; then echo master; else echo backup; fi
