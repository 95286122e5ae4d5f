#!/bin/bash
#: check — no unit of systemd has failed
failed=$(systemctl list-units --state=failed --plain --no-legend --no-pager | cut -d ' ' -f 1)
[ -z "$failed" ] || { echo "$failed"; exit 1; }
