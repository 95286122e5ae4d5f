#!/bin/bash
# The functions that procedures are written with; a procedure sources this file. The file is also their runner:
# "procedure-library.sh run FILE ARGUMENTS" reports the beginning and end of each step and the status of the whole, and keeps all output.
#
# The runner writes these lines to the virtio port rehearsal.steps, which the host reads:
#   @ <execution> <unix time in ns> begin <step>
#   @ <execution> <unix time in ns> end <step> <status>
#   @ <execution> <unix time in ns> exit <status>
#   <execution>| <a line of the procedure's output>

steps_port=/dev/virtio-ports/rehearsal.steps.0

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  [ "${1:-}" = run ] || exit 64
  shift
  execution=${REHEARSAL_EXECUTION:?}
  folder=/var/lib/rehearsal/executions/$execution
  log=/var/log/rehearsal/$execution.log
  mkdir -p "$folder" /var/log/rehearsal
  [ -e "$steps_port" ] || steps_port=/dev/null
  exec 3>> "$log" 4> "$steps_port"
  # A process that a package leaves behind keeps the pipe open, so that the end of the procedure is told by a line that nobody else can
  # write. The loop runs in this shell, which then knows the status.
  shopt -s lastpipe
  mark=$'\002'$RANDOM$RANDOM$RANDOM
  result=70
  say() {
    printf '%s\n' "$1" >&3
    printf '%s\n' "$1" >&4
  }
  {
    bash "$@" 2>&1
    printf '%s %s\n' "$mark" "$?"
  } < /dev/null | while IFS= read -r line; do
    case $line in
      *"$mark "*)
        result=${line##* }
        line=${line%%"$mark"*}
        [ -z "$line" ] || say "$execution| $line"
        break
        ;;
      $'\001'*) say "@ $execution ${line#?}" ;;
      *) say "$execution| $line" ;;
    esac
  done
  # What is left of the procedure ends with its unit.
  IFS=: read -r _ _ group < /proc/self/cgroup
  while read -r process; do
    if [ "$process" != "$$" ] && read -r name < "/proc/$process/comm"; then
      say "$execution| ends $name (process $process), which the procedure left behind"
    fi
  done 2> /dev/null < "/sys/fs/cgroup$group/cgroup.procs"
  line="@ $execution $(date +%s%N) exit $result"
  sync
  echo "$result" > "$folder/status.new" && mv "$folder/status.new" "$folder/status"
  say "$line"
  exit "$result"
fi

set -u
. /etc/rehearsal/machine.conf
. /usr/lib/rehearsal/http-get.sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
REHEARSAL_SCALE=${REHEARSAL_SCALE:-1}

# Runs a command as a named step; a step that fails ends the procedure with its status. A step that the scenario leaves out is not run
# and not reported. Arguments: the name, the command.
step() { run_step "$@" || exit; }

# Runs a command as a named step; the procedure goes on whatever the command's status. Arguments: the name, the command.
step_unchecked() { run_step "$@" || :; }

run_step() {
  local name=$1 result
  shift
  case " ${REHEARSAL_LEFT_OUT:-} " in
    *" $name "*)
      echo "$name is left out, as the scenario says"
      return 0
      ;;
  esac
  printf '\001%s begin %s\n' "$(date +%s%N)" "$name"
  "$@"
  result=$?
  printf '\001%s end %s %s\n' "$(date +%s%N)" "$name" "$result"
  return "$result"
}

# Prints a number of seconds, multiplied by how many times slower this machine is than a usual one. Argument: the seconds.
scaled() { awk -v seconds="$1" -v scale="$REHEARSAL_SCALE" 'BEGIN { printf "%d", seconds * (scale < 1 ? 1 : scale) }'; }

# Sets now to the seconds since the machine started; no step of the machine's clock changes them.
read_uptime() {
  read -r now _ < /proc/uptime
  now=${now%.*}
}

# Waits until a command succeeds. Arguments: seconds before scaling, pause between tries, what is waited for, the command.
wait_for() {
  local limit pause=$2 what=$3 now start
  read_uptime
  start=$now
  limit=$(scaled "$1")
  shift 3
  until "$@" > /dev/null 2>&1; do
    read_uptime
    if [ $((now - start)) -ge "$limit" ]; then
      echo "error: waited $limit s for $what: not reached"
      "$@" 2>&1 | tail -n 5
      return 75
    fi
    sleep "$pause"
  done
  read_uptime
  echo "$what: after $((now - start)) s"
}

# Starts units anew whose program was replaced under them, among those that services name for that (/etc/rehearsal/restart.d). What
# the cluster runs is not among them: it starts with the cluster.
restart_replaced() {
  local unit failed=0
  while read -r unit; do
    case $(readlink "/proc/$(systemctl show --property=MainPID --value "$unit")/exe") in *' (deleted)') ;; *) continue ;; esac
    if systemctl restart "$unit"; then echo "restarted $unit, whose program was replaced"; else failed=1; fi
  done < <(cat /etc/rehearsal/restart.d/* 2> /dev/null)
  return "$failed"
}

has_service() { grep -qx "$1" /usr/lib/rehearsal/services; }

# --- the cluster

# Whether this machine is in Pacemaker's partition, and that has quorum.
pacemaker_is_online() {
  [ "$(crm_node --partition 2> /dev/null | tr ' ' '\n' | grep -cx "$MACHINE")" = 1 ] || return
  crm_node --quorum 2> /dev/null | grep -q 1
}
# Whether a virtual address is on another machine. Arguments: the address, its resource.
vip_is_elsewhere() {
  [ -z "$(ip -4 -o address show to "$1/32")" ] || return
  [ "$(crm_resource --resource "$2" --locate --quiet 2> /dev/null | grep -cvx "$MACHINE")" = 1 ]
}

# Stops Pacemaker and Corosync. Argument: seconds for it, before scaling.
stop_cluster() {
  local limit
  limit=$(scaled "$1")
  systemctl --no-block stop pacemaker.service
  if ! wait_for "$1" 2 "Pacemaker to stop" systemctl_is_stopped pacemaker.service; then
    echo "Pacemaker did not stop within $limit s"
    return 75
  fi
  systemctl stop corosync.service
}
systemctl_is_stopped() { case $(systemctl show --property=ActiveState --value "$1") in inactive | failed) return 0 ;; *) return 1 ;; esac; }

start_cluster() {
  systemctl reset-failed corosync.service pacemaker.service 2> /dev/null
  systemctl start corosync.service || return 1
  systemctl --no-block start pacemaker.service
  wait_for 60 3 "Pacemaker to be online" pacemaker_is_online
}

# Ends a keepalived that outlived its agent, so that the router's addresses do not stay on a machine that left.
end_keepalived() {
  local process signal
  for signal in TERM KILL; do
    for process in $(pgrep --exact keepalived); do
      kill "-$signal" "$process" 2> /dev/null && echo "ended keepalived $process ($signal)"
    done
    for _ in {1..12}; do
      pgrep --exact keepalived > /dev/null || break 2
      sleep 0.5
    done
  done
  rm -f /run/rehearsal/keepalived.pid /run/rehearsal/keepalived-vrrp.pid
  return 0
}

# Fails if this machine, whose cluster has stopped, still has an address that another machine takes over. Services name those addresses,
# with the network namespace they are in, in /etc/rehearsal/addresses.d.
check_addresses() {
  local address namespace held=
  while read -r address namespace; do
    # shellcheck disable=SC2086 # the option is there or not
    [ -z "$(ip ${namespace:+-n $namespace} -4 -o address show to "$address" 2> /dev/null)" ] || held="$held $address"
  done < <(cat /etc/rehearsal/addresses.d/* 2> /dev/null)
  [ -z "$held" ] || { echo "error: the cluster has stopped here, and this machine still holds$held"; return 1; }
}

# --- packages

# Runs apt-get in the way that suits a procedure: it asks no questions, keeps the machine's configuration files, does not wait for the
# disk without need, and outlasts an undercloud that boots (10 tries wait 3 minutes in all).
# Maintainer scripts have systemd reload its units once or twice for each package, which takes an emulated machine 10 s each time, though
# nothing is started in between (policy-rc.d). The programs in package-shims put that off until reload_units.
reload_wanted=/run/rehearsal/reload-wanted
quiet_apt() {
  mkdir -p "${reload_wanted%/*}"
  # apt gives dpkg a PATH of its own.
  timeout -k 30 "$(scaled 300)" apt-get -q -y -o DPkg::Path="/usr/lib/rehearsal/package-shims:$PATH" -o Dpkg::Options::=--force-confold \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-unsafe-io -o Dpkg::Use-Pty=0 -o APT::Install-Recommends=false \
    -o DPkg::Lock::Timeout=120 -o Acquire::Retries=10 "$@"
}
# Runs dpkg in the same way.
quiet_dpkg() { dpkg --force-confold --force-confdef --force-unsafe-io "$@"; }
# Configures what dpkg was cut off in. A program that holds dpkg's lock is waited for, and named if it keeps it.
configure_pending() {
  local said now start limit holder
  limit=$(scaled 60)
  read_uptime
  start=$now
  until said=$(quiet_dpkg --configure --pending 2>&1); do
    case $said in *'lock was locked by another process'*) ;; *) printf '%s\n' "$said"; return 1 ;; esac
    read_uptime
    if [ $((now - start)) -ge "$limit" ]; then
      holder=${said##*with pid }
      holder=${holder%%[!0-9]*}
      echo "error: waited $limit s for dpkg's lock, which process $holder ($(cat "/proc/$holder/comm" 2> /dev/null)) holds"
      return 75
    fi
    sleep 3
  done
  [ -z "$said" ] || printf '%s\n' "$said"
}
# Reads what there is to install, and mends what an update left that was cut off. A machine that went down in the middle of one may have
# packages that are half unpacked, which apt takes for lost, or that need others which did not get that far. The former are unpacked again
# from what was downloaded; apt then installs what is missing.
refresh_packages() {
  local package file broken left=0
  # dpkg is asked, because the file of states has not yet what dpkg noted before it was cut off.
  broken=$(dpkg-query --show --showformat '${db:Status-Eflag} ${db:Status-Status} ${Package}\n' \
    | awk '$1 == "reinstreq" || $2 == "half-installed" { print $3 }')
  for package in $broken; do
    for file in "/var/cache/apt/archives/${package}"_*.deb; do
      if [ -e "$file" ]; then quiet_dpkg --force-depends --unpack "$file"; fi
    done
  done
  configure_pending || left=$?
  check_clock || return
  quiet_apt -o Acquire::http::Timeout=60 update || return
  if [ -n "$broken" ] || [ "$left" -ne 0 ] || ! quiet_apt check > /dev/null 2>&1; then
    echo "mending what an update left that was cut off"
    quiet_apt --fix-broken install && configure_pending
  fi
}

# Fetches all candidate packages, and looks whether they can all be installed: none is held back, and there is room to unpack them.
# dpkg unpacks a package's files beside those of before, so that there must be room for the largest twice; 200 MiB are more than any has.
download_packages() {
  local said size unit factor free
  said=$(quiet_apt --download-only --with-new-pkgs upgrade 2>&1) || { printf '%s\n' "$said"; return 100; }
  printf '%s\n' "$said"
  case $said in
    *' 0 not upgraded.'*) ;;
    *'kept back:'*)
      said=${said#*kept back:}
      echo "error: held back:$(sed -n '/^  /!{1!q}; s/^  */ /p' <<< "$said" | tr -d '\n')"
      return 1
      ;;
  esac
  case $said in *'After this operation, '*' of additional disk space'*) ;; *) return 0 ;; esac
  said=${said#*After this operation, }
  read -r size unit _ <<< "$said"
  case $unit in B) factor=0.000001 ;; kB) factor=0.001 ;; MB) factor=1 ;; *) factor=1000 ;; esac
  free=$(df --output=avail --block-size=1000000 / | tail -n 1)
  awk -v size="$size" -v factor="$factor" -v free="$free" 'BEGIN {
    need = size * factor + 200
    if (free + 0 < need) { printf "error: no space to unpack the packages: %d MB are free, %d are needed\n", free, need; exit 1 } }'
}

# Fails if this machine's clock is more than a minute off that of the machine that serves the packages: tokens, certificates and every
# comparison of logs hang on it.
check_clock() {
  local address answer theirs ours off
  address=$(sed -n 's#.* http://\([^/ ]*\)/.*#\1#p' /etc/apt/sources.list.d/candidate.list 2> /dev/null | head -n 1)
  answer=$(http_get "${address%%:*}" "${address##*:}" / 15) || return 0
  ours=$(date +%s)
  theirs=$(date -d "$(sed -n 's/^Date: //p' <<< "$answer" | head -n 1)" +%s) || return 0
  off=$((ours - theirs))
  [ "${off#-}" -le 60 ] || { echo "error: this machine's clock is ${off#-} s off that of ${address%%:*}"; return 1; }
}

# Unpacks new packages into the folder $new, beside what is installed. It fails if there is no first one. Arguments: their names.
new_files() {
  local package file
  for package in "$@"; do
    file=$(find /var/cache/apt/archives -name "${package}_*.deb" -printf '%T@ %p\n' | sort -n | tail -n 1)
    if [ -n "$file" ]; then nice -n 19 dpkg-deb -x "${file#* }" "$new"; else [ "$package" != "$1" ] || return 1; fi
  done
}
# Asks new versions whether they accept this machine's configuration, while the old ones still serve: what configuration.d has for a service
# is sourced (docs/services.md).
check_configuration() {
  local check reason new=/var/lib/rehearsal/new-version
  for check in /usr/lib/rehearsal/configuration.d/*; do
    [ -e "$check" ] || continue
    rm -rf "$new"
    mkdir "$new"
    if ! reason=$(. "$check" 2>&1); then
      rm -rf "$new"
      echo "error: the new version of ${check##*/} refuses this machine's configuration: $(tail -n 3 <<< "$reason" | paste -s -d ' ')"
      return 1
    fi
    if [ -n "$(ls -A "$new")" ]; then echo "the new version of ${check##*/} accepts this machine's configuration"; fi
    rm -rf "$new"
  done
}

upgradable() { apt-get -q --simulate --with-new-pkgs upgrade 2> /dev/null | sed -n 's/^Inst \([^ ]*\) .*/\1/p'; }

# Upgrades the packages of one service, by the patterns in update.d. Argument: the service.
upgrade_service() {
  local pattern package chosen=
  set -f
  for package in $(upgradable); do
    # shellcheck disable=SC2013 # words are wanted
    for pattern in $(cat "/usr/lib/rehearsal/update.d/$1" 2> /dev/null); do
      # shellcheck disable=SC2254 # a pattern
      case $package in $pattern) chosen="$chosen $package"; break ;; esac
    done
  done
  set +f
  [ -n "$chosen" ] || { echo "no newer packages of $1"; return 0; }
  echo "packages of $1:$chosen"
  # shellcheck disable=SC2086 # a list
  quiet_apt --only-upgrade install $chosen
}
# Upgrades packages by name. A package that this machine does not have, or has in the newest version, is left alone.
# Argument: the names, separated by commas.
upgrade_packages() {
  # shellcheck disable=SC2046 # a list
  quiet_apt --only-upgrade install $(printf '%s' "$1" | tr , ' ')
}
# Upgrades groups of packages, each as a step of its own. Arguments: the groups, "service=package,package".
upgrade_groups() {
  local group
  for group in "$@"; do step "update-${group%%=*}" upgrade_packages "${group#*=}"; done
}
upgrade_rest() { quiet_apt --with-new-pkgs upgrade && reload_units; }
reload_units() { [ ! -e "$reload_wanted" ] || { systemctl daemon-reload && rm -f "$reload_wanted"; }; }

# --- the update identifier

# The last update that succeeded here, and the last that was begun.
identifier_file=/var/lib/rehearsal/update-identifier
begun_file=/var/lib/rehearsal/update-begun
keep_identifier() { printf '%s\n' "$2" > "$1.new" && sync "$1.new" && mv "$1.new" "$1"; }
check_identifier() {
  case $1 in
    '') echo "error: no update identifier"; return 64 ;;
    *[!A-Za-z0-9_-]*) echo "error: update identifier '$1': only letters, digits, '-' and '_'"; return 64 ;;
  esac
  is_done "$1" || keep_identifier "$begun_file" "$1"
}
is_done() { [ -n "$1" ] && [ "$(cat "$identifier_file" 2> /dev/null)" = "$1" ]; }
record_identifier() {
  local left
  left=$(upgradable | wc -l)
  [ "$left" -eq 0 ] || { echo "error: $left packages are still not at the candidate's version"; return 1; }
  keep_identifier "$identifier_file" "$1"
}

# The marker of TripleO's yum_update.sh in 2016, faults included (docs/tripleo.md): it is touched before any work, so that an update that
# fails half-way is never done again under the same identifier. This step ends the procedure if there is no identifier, or if it was
# here before. Argument: the identifier.
step_talk_identifier() {
  local identifier markers=/var/lib/rehearsal/talk-update
  identifier=$(printf '%s' "$1" | tr -cd 'A-Za-z0-9_-')
  [ -n "$identifier" ] || { echo "Not running due to unset update_identifier"; exit 0; }
  [ ! -e "$markers/$identifier" ] || { echo "Not running for already-run timestamp \"$identifier\""; exit 0; }
  mkdir -p "$markers"
  step check-identifier touch "$markers/$identifier"
}
