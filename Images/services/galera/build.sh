galera_configure() {
  chmod 755 "$root/usr/lib/rehearsal/clustercheck" "$root/usr/lib/rehearsal/galera-start-mode"
  rm -rf "$root/var/lib/mysql"
  machine_folders mysql:mysql 755 /var/lib/mysql
  in_image systemctl --quiet disable mariadb.service
  ln -sfn /dev/null "$root/etc/systemd/system/mariadb.socket"
  ln -sfn /dev/null "$root/etc/systemd/system/mariadb-extra.socket"
  in_image systemctl --quiet enable clustercheck.service
}

galera_status() { in_machine "$1" mariadb --no-defaults --protocol=socket -N -e "show status like '$2'" | cut -f 2; }
galera_is_synced() {
  [ "$(galera_status "$1" wsrep_local_state_comment)" = Synced ] && [ "$(galera_status "$1" wsrep_cluster_size)" = "$2" ]
}

# Starts MariaDB on a machine. Arguments: the machine, options for mariadbd.
galera_start() {
  local machine=$1
  shift
  in_machine "$machine" install -d -o mysql -g mysql /run/mysqld
  in_machine "$machine" setpriv --reuid mysql --regid mysql --init-groups mariadbd --log-error=/run/mysqld/error.log "$@" > /dev/null 2>&1 &
}

# Makes a real cluster of the machines: the first starts it, the others join it one after the other.
galera_seed() {
  local machine first=${REHEARSAL_MACHINES%% *} size=0 mode=(--wsrep-new-cluster)
  in_machine "$first" mariadb-install-db --user=mysql --skip-test-db --auth-root-authentication-method=socket \
    --innodb-log-file-size=25165824 --wsrep-on=OFF > "$work/galera.log" 2>&1 || {
    cat "$work/galera.log"
    return 1
  }
  for machine in $REHEARSAL_MACHINES; do
    size=$((size + 1))
    galera_start "$machine" "${mode[@]}"
    mode=()
    wait_until 120 "Galera on $machine" galera_is_synced "$machine" "$size" || {
      in_machine "$machine" tail -n 30 /run/mysqld/error.log
      return 1
    }
    echo "galera: $machine is synced"
    [ "$size" -gt 1 ] || in_machine "$machine" mariadb --no-defaults <<SQL || return 1
CREATE DATABASE probe;
CREATE USER 'probe'@'%' IDENTIFIED BY '$(machine_secret "$machine" PROBE)';
GRANT ALL ON probe.* TO 'probe'@'%';
SQL
  done
}

# Prints the position of a stopped machine's data, "uuid:seqno", from its log. Argument: the machine.
galera_position() {
  in_machine "$1" setpriv --reuid mysql --regid mysql --init-groups \
    mariadbd --wsrep-recover --log-error=/run/mysqld/recover.log > /dev/null 2>&1
  in_machine "$1" sed -n 's/.*Recovered position: *\([-0-9a-f]*:[0-9]*\).*/\1/p' /run/mysqld/recover.log | tail -n 1
}
# Prints how many different positions the machines have committed.
galera_committed() { for machine in $REHEARSAL_MACHINES; do galera_status "$machine" wsrep_last_committed; done | sort -u | wc -l; }
galera_is_even() { [ "$(galera_committed)" = 1 ]; }

# Stops all machines at one instant and one position, with the view that they shared (gvwstate.dat). When all of them come up again,
# Galera restores that view by itself (pc.recovery), and no machine needs a state transfer, whose scripts alone take minutes under
# emulation.
galera_settle() {
  local machine position state first='' processes=()
  wait_until 30 "the machines of Galera to be even" galera_is_even
  for machine in $REHEARSAL_MACHINES; do processes+=("$(in_machine "$machine" cat /run/mysqld/mysqld.pid)"); done
  kill -9 "${processes[@]}"
  for machine in $REHEARSAL_MACHINES; do
    wait_until 30 "MariaDB on $machine to stop" galera_is_gone "$machine"
    [ -s "$trees/$machine/var/lib/mysql/gvwstate.dat" ] || { echo "galera: $machine has no gvwstate.dat"; return 1; }
    position=$(galera_position "$machine")
    [ "$position" = "${first:=$position}" ] || { echo "galera: $machine is at $position, not $first"; return 1; }
    state=$trees/$machine/var/lib/mysql/grastate.dat
    sed -i -e "s/^seqno:.*/seqno:   ${position#*:}/" -e 's/^safe_to_bootstrap:.*/safe_to_bootstrap: 0/' "$state"
    echo "galera: $machine $position"
  done
}
# shellcheck disable=SC2016 # expanded by the inner shell
galera_is_gone() { ! in_machine "$1" sh -c 'kill -0 "$(cat /run/mysqld/mysqld.pid)"' 2> /dev/null; }
