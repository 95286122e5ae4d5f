# Sourced by build.sh. While services are seeded, each machine of the role is a pair of mount and network namespaces:
# it has its own files and data folders over the image, its own addresses and its own /run. This way clusters are formed at
# the speed of the host, between the machines, under the addresses and names that they will have.

declare -A machine_pid=()

# Reads a setting from a machine's /etc/rehearsal/machine.conf. Arguments: the machine, the name.
machine_setting() { sed -n "s/^$2=\"\{0,1\}\([^\"]*\)\"\{0,1\}$/\1/p" "$trees/$1/etc/rehearsal/machine.conf"; }

# Reads a setting from a machine's /etc/rehearsal/secrets.conf. Arguments: the machine, the name.
# A secret is there if one of the machine's services declares it (service.yaml, secrets:). One that is not ends the build at the end of the
# hook, since a command substitution that fails does not.
machine_secret() {
  local value
  value=$(sed -n "s/^$2=\"\(.*\)\"$/\1/p" "$trees/$1/etc/rehearsal/secrets.conf")
  [ -n "$value" ] || { echo "$2" >> "$work/undeclared-secrets"; return 1; }
  printf '%s\n' "$value"
}

# Runs a command in a machine's namespaces, in the image. Arguments: the machine, the command.
in_machine() {
  local machine=$1
  shift
  nsenter --target "${machine_pid[$machine]}" --mount --net chroot "$root" "$@"
}

# Runs a command in a machine's namespaces as a user. Arguments: the machine, the user, the command.
in_machine_as() {
  local machine=$1 user=$2 home
  shift 2
  home=$(in_image getent passwd "$user" | cut -d : -f 6)
  in_machine "$machine" setpriv --reuid "$user" --regid "$user" --init-groups --inh-caps=-all env "HOME=$home" "$@"
}

# Makes folders of a machine's own tree, over which its /path is mounted while it is seeded.
# Arguments: owner:group, mode, paths.
machine_folders() {
  local owner=$1 mode=$2 machine path
  shift 2
  for machine in $REHEARSAL_MACHINES; do
    for path in "$@"; do
      mkdir -p "$trees/$machine$path" "$root$path"
      chroot "$root" chown "$owner" "/usr/share/rehearsal/machines/$machine$path"
      chmod "$mode" "$trees/$machine$path"
      echo "$path" >> "$work/folders.$machine"
    done
  done
}

machines_up() {
  local machine path pid address number=0
  # No service of this role has a folder to seed.
  [ -e "$work/folders.${REHEARSAL_MACHINES%% *}" ] || return 0
  stage machines
  unshare --net sh -c 'ip link set lo up; ip link add seed type bridge; ip link set seed up; exec sleep 3600' &
  machine_pid[.bridge]=$!
  wait_until 10 "the network of the machines" nsenter --target "$!" --net ip link show seed up
  for machine in $REHEARSAL_MACHINES; do
    # The folders that services asked for are mounted, and every rendered file outside of /var.
    for path in $(cd "$trees/$machine" && find . -type f -printf '/%P\n'); do
      case $path in /var/*) continue ;; esac
      mkdir -p "$root${path%/*}"
      [ -e "$root$path" ] || : > "$root$path"
      echo "$path" >> "$work/files.$machine"
    done
    # shellcheck disable=SC2016 # expanded by the inner shell
    unshare --mount --net --propagation private sh -ec '
      root=$1 tree=$2 folders=$3 files=$4 name=$5
      mount -t tmpfs -o mode=755 run "$root/run"
      mkdir -p -m 1777 "$root/run/lock"
      while read -r path; do mount --bind "$tree$path" "$root$path"; done < "$folders"
      if [ -e "$files" ]; then while read -r path; do mount --bind "$tree$path" "$root$path"; done < "$files"; fi
      ip link set lo up
      : > "$root/run/machine-up"
      exec sleep 3600' sh "$root" "$trees/$machine" "$work/folders.$machine" "$work/files.$machine" "$machine" &
    pid=$!
    machine_pid[$machine]=$pid
    wait_until 10 "the namespaces of $machine" nsenter --target "$pid" --mount test -e "$root/run/machine-up"
    number=$((number + 1))
    address=$(machine_setting "$machine" CTLPLANE)
    nsenter --target "${machine_pid[.bridge]}" --net ip link add "m$number" type veth peer name eth0 netns "$pid"
    nsenter --target "${machine_pid[.bridge]}" --net ip link set "m$number" master seed up
    nsenter --target "$pid" --net ip link set eth0 up
    nsenter --target "$pid" --net ip address add "$address/$(machine_setting "$machine" CTLPLANE_PREFIX)" dev eth0
  done
}

# Ends every process that was started in the machines' namespaces, and the namespaces with them.
machines_down() {
  local machine pid process path
  for machine in "${!machine_pid[@]}"; do
    pid=${machine_pid[$machine]}
    for process in /proc/[0-9]*; do
      [ "${process#/proc/}" != "$pid" ] || continue
      if [ "$process/ns/net" -ef "/proc/$pid/ns/net" ]; then kill -9 "${process#/proc/}" 2> /dev/null || true; fi
    done
    kill -9 "$pid" 2> /dev/null || true
    wait "$pid" 2> /dev/null || true
  done
  machine_pid=()
  # The mount points go, too: where there is no folder, the first boot renames a machine's own into place as a whole.
  for machine in $REHEARSAL_MACHINES; do
    [ -e "$work/folders.$machine" ] || continue
    while read -r path; do rm -rf "${root:?}$path"; done < "$work/folders.$machine"
  done
}
