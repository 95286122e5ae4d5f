# shellcheck shell=bash
# Put before the script of every fault (docs/faults.md), which defines the functions inject and heal; one of them is called behind it. The
# last line of its output says what it did. Environment: FAULT_ID, FAULT_MACHINE, FAULT_<ARGUMENT>; with a service also
# FAULT_UNITS, its systemd units, of which some may not be there.
set -u
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
# What lasts beside the script is a unit of this name, and what it has to remember is in this file.
FAULT_UNIT=rehearsal-fault-${FAULT_ID:?}.service
FAULT_NOTES=${FAULT_MEMORY:-/run}/rehearsal-fault-$FAULT_ID

# Prints the service's units that are loaded.
units() {
  local unit
  for unit in ${FAULT_UNITS:-}; do
    [ "$(systemctl show --property=LoadState --value "$unit")" != loaded ] || echo "$unit"
  done
}
# Prints the service's units that run.
running_units() {
  local unit
  for unit in $(units); do ! systemctl --quiet is-active "$unit" || echo "$unit"; done
}
# The units of the service that run, remembered until they are healed; fails if none does.
remember_running_units() {
  running_units > "$FAULT_NOTES"
  [ -s "$FAULT_NOTES" ] || { echo "no unit of ${FAULT_SERVICE:-it} runs here" >&2; return 1; }
}
remembered() { cat "$FAULT_NOTES" 2> /dev/null; }
# Starts those of the remembered units that do not run; Pacemaker may have started some of them, and then forgets that they failed.
start_remembered() {
  local unit started=
  for unit in $(remembered); do
    systemctl --quiet is-active "$unit" && continue
    systemctl reset-failed "$unit" 2> /dev/null
    systemctl start "$unit" && started="$started $unit"
  done
  if command -v crm_resource > /dev/null && crm_mon --one-shot > /dev/null 2>&1; then crm_resource --cleanup > /dev/null 2>&1; fi
  echo "started:${started:- nothing, all run}"
}

# Runs a command in the background until the fault is healed. Arguments: the command.
keep_doing() { systemd-run --quiet --collect --unit="$FAULT_UNIT" "$@"; }
stop_doing() { systemctl stop "$FAULT_UNIT" 2> /dev/null; }

# Prints the links of machines on the side of the testbed's switches, for a script that runs there: libvirt gives a link the address of
# the machine's interface, but for its first byte. Arguments: the interfaces' addresses.
taps() {
  local mac
  for mac in "$@"; do ip -o link show | awk -v mac="fe${mac#??}" -F '[ :]+' 'index($0, "link/ether " mac) { print $2 }'; done
}
