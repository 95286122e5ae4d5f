router_configure() {
  chmod 755 "$root/usr/lib/rehearsal/router-namespace" "$root/usr/lib/rehearsal/router-agent"
  ln -sfn /dev/null "$root/etc/systemd/system/keepalived.service"
  in_image systemctl --quiet disable nftables.service 2> /dev/null || true
}
