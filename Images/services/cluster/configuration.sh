# Sourced by check_configuration: whether a new Corosync accepts its configuration.
new_files corosync libcorosync-common4 || return 0
LD_LIBRARY_PATH=$new/usr/lib/x86_64-linux-gnu "$new/usr/sbin/corosync" -t
