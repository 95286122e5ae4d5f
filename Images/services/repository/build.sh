repository_configure() {
  in_image systemctl --quiet disable lighttpd.service 2> /dev/null || true
  install -d -m 755 "$root/srv/candidate"
  if [ -n "${REHEARSAL_REPOSITORY:-}" ]; then
    cp -r --no-preserve=ownership "$REHEARSAL_REPOSITORY/." "$root/srv/candidate/"
    find "$root/srv/candidate" -type d -exec chmod 755 {} + -o -type f -exec chmod 644 {} +
  fi
  in_image systemctl --quiet enable rehearsal-repository.service
}
