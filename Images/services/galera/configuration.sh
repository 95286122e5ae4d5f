# Sourced by check_configuration: whether a new MariaDB knows all options. It prints them, and ends without opening the database.
new_files mariadb-server-core || return 0
"$new/usr/sbin/mariadbd" --verbose --help > /dev/null
