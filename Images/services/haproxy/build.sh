haproxy_configure() {
  chmod 755 "$root/usr/lib/rehearsal/haproxy"
  in_image systemctl --quiet disable haproxy.service
}
