#!/bin/bash
#: check — there are 100 MiB of room on the root file system
#: when before
free=$(df --output=avail --block-size=1M / | tail -n 1)
[ "$free" -ge 100 ] || { echo "${free// /} MiB"; exit 1; }
