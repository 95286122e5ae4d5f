keystone_configure() {
  local machine file
  in_image systemctl --quiet disable keystone.service
  for machine in $REHEARSAL_MACHINES; do
    for file in keystone.conf first-token.json; do
      in_image chown root:keystone "/usr/share/rehearsal/machines/$machine/etc/keystone/$file"
      chmod 640 "$trees/$machine/etc/keystone/$file"
    done
  done
  install -d -m 750 "$root/etc/keystone/fernet-keys" "$root/etc/keystone/credential-keys"
  in_image chown keystone:keystone /etc/keystone/fernet-keys /etc/keystone/credential-keys
}

# Runs keystone-manage on the first machine, which is $first. Arguments: those of keystone-manage.
keystone_manage() {
  local database
  database="mysql+pymysql://keystone:$(machine_secret "$first" KEYSTONE_DATABASE)@localhost/keystone"
  in_machine_as "$first" keystone env "OS_DATABASE__CONNECTION=$database?unix_socket=/run/mysqld/mysqld.sock" \
    keystone-manage "$@" >> "$work/keystone.log" 2>&1 || {
    tail -n 30 "$work/keystone.log"
    return 1
  }
}

# The keys are the same on all controllers, so they are in the image itself. Schema and accounts are written to the cluster's database.
keystone_seed() {
  local first=${REHEARSAL_MACHINES%% *} url public_url password
  in_machine "$first" mariadb --no-defaults <<SQL || return 1
CREATE DATABASE keystone CHARACTER SET utf8;
CREATE USER 'keystone'@'%' IDENTIFIED BY '$(machine_secret "$first" KEYSTONE_DATABASE)';
CREATE USER 'keystone'@'localhost' IDENTIFIED BY '$(machine_secret "$first" KEYSTONE_DATABASE)';
GRANT ALL ON keystone.* TO 'keystone'@'%';
GRANT ALL ON keystone.* TO 'keystone'@'localhost';
SQL
  url=http://$(machine_setting "$first" VIP_INTERNAL):5000/v3
  public_url=http://$(machine_setting "$first" VIP_PUBLIC):5000/v3
  keystone_manage fernet_setup --keystone-user keystone --keystone-group keystone || return 1
  keystone_manage credential_setup --keystone-user keystone --keystone-group keystone || return 1
  keystone_manage db_sync || return 1
  password=$(machine_secret "$first" KEYSTONE_ADMIN)
  keystone_manage bootstrap --bootstrap-password "$password" --bootstrap-region-id RegionOne \
    --bootstrap-admin-url "$url" --bootstrap-internal-url "$url" --bootstrap-public-url "$public_url" || return 1
  password=$(machine_secret "$first" PROBE)
  keystone_manage bootstrap --bootstrap-username probe --bootstrap-project-name probe --bootstrap-role-name admin \
    --bootstrap-password "$password" || return 1
}
