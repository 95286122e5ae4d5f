heat_configure() {
  local unit
  # Debian's units for the parts of Heat are not installed: only rehearsal-heat.service starts it.
  install -d -o root -g root -m 755 "$root/var/lib/heat" "$root/var/log/heat"
  rm -f "$root/var/lib/heat/heatdb" "$root/var/lib/heat/heat.sqlite"
  cp "$trees/${REHEARSAL_MACHINES%% *}/etc/heat/heat.conf" "$root/etc/heat/heat.conf"
  in_image heat-manage --config-file /etc/heat/heat.conf db_sync > "$work/heat.log" 2>&1 || {
    tail -n 20 "$work/heat.log"
    return 1
  }
  in_image chown -R heat:heat /var/lib/heat /var/log/heat
  in_image chown root:heat /etc/heat/heat.conf
  chmod 640 "$root/etc/heat/heat.conf"
  for unit in "$trees"/*/etc/heat/heat.conf; do
    in_image chown root:heat "${unit#"$root"}"
    chmod 640 "$unit"
  done
  chmod 755 "$root/usr/lib/rehearsal/heat-request"
  in_image systemctl --quiet enable rehearsal-heat.service
}
