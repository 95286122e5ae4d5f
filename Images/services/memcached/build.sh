memcached_configure() {
  in_image systemctl --quiet disable memcached.service
}
