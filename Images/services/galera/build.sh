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
galera_is_synced() { [ "$(galera_status "$1" wsrep_local_state_comment)" = Synced ] && [ "$(galera_status "$1" wsrep_cluster_size)" = "$2" ]; }

# Arguments: the machine, options for mariadbd.
galera_start() {
  local machine=$1
  shift
  in_machine "$machine" install -d -o mysql -g mysql /run/mysqld
  in_machine "$machine" setpriv --reuid mysql --regid mysql --init-groups mariadbd --log-error=/run/mysqld/error.log "$@" > /dev/null 2>&1 &
}

# A real cluster of the machines: the first starts it, the others join it one after the other.
galera_seed() {
  local machine size=0 mode=--wsrep-new-cluster
  set -- $REHEARSAL_MACHINES
  in_machine "$1" mariadb-install-db --user=mysql --skip-test-db --auth-root-authentication-method=socket --innodb-log-file-size=25165824 --wsrep-on=OFF > "$work/galera.log" 2>&1 \
    || { cat "$work/galera.log"; return 1; }
  for machine in "$@"; do
    size=$((size + 1))
    galera_start "$machine" $mode
    mode=
    wait_until 120 "Galera on $machine" galera_is_synced "$machine" "$size" || { in_machine "$machine" tail -n 30 /run/mysqld/error.log; return 1; }
    echo "galera: $machine is synced"
    [ "$size" -gt 1 ] || in_machine "$machine" mariadb --no-defaults <<SQL || return 1
CREATE DATABASE probe;
CREATE TABLE probe.probe (id INT NOT NULL PRIMARY KEY, value BIGINT NOT NULL) ENGINE=InnoDB;
CREATE USER 'probe'@'%' IDENTIFIED BY '$(machine_secret "$machine" PROBE)';
GRANT ALL ON probe.* TO 'probe'@'%';
SQL
  done
}

# The last machine of the list leaves first, so the first one is the one that may start the cluster again.
galera_settle() {
  local machine
  for machine in $(printf '%s\n' $REHEARSAL_MACHINES | tac); do
    in_machine "$machine" mariadb-admin --no-defaults --protocol=socket shutdown
    wait_until 60 "MariaDB on $machine to stop" in_machine "$machine" test ! -e /run/mysqld/mysqld.sock
    sleep 0.5
  done
  for machine in $REHEARSAL_MACHINES; do
    wait_until 30 "the state of Galera on $machine" grep -q '^seqno: *[0-9]' "$trees/$machine/var/lib/mysql/grastate.dat"
    echo "galera: $machine $(sed -n 's/^seqno: *//p' "$trees/$machine/var/lib/mysql/grastate.dat") $(sed -n 's/^safe_to_bootstrap: *//p' "$trees/$machine/var/lib/mysql/grastate.dat")"
  done
}
