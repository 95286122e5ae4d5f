#!/bin/bash
# A service whose program was replaced under it runs the old version until somebody starts it anew.
#: check — every service runs the program that is installed
#: when after
found=$(
  for process in /proc/[0-9]*; do
    read -r unit < <(sed -n 's|.*/system.slice/\(.*\.service\).*|\1|p' "$process/cgroup" 2> /dev/null) || continue
    case $(readlink "$process/exe" 2> /dev/null) in
      *' (deleted)') echo "$unit: $(readlink "$process/exe")" ;;
    esac
  done | sort -u
)
[ -z "$found" ] || { echo "$found"; exit 1; }
