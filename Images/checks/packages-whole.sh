#!/bin/bash
# What dpkg began and did not end: unpacked and not configured, half installed, or waiting for a trigger.
#: check — no package is half done
audit=$(dpkg-query --show --showformat='${Package} ${db:Status-Status}\n' | grep -vE ' (installed|config-files|not-installed)$')
[ -z "$audit" ] || { echo "$audit"; exit 1; }
