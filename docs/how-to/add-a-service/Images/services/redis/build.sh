# Sourced by the image's build. Pacemaker starts Redis, not systemd at boot.
redis_configure() {
  local machine
  in_image systemctl --quiet disable redis-server.service
  for machine in $REHEARSAL_MACHINES; do
    in_image chown redis:redis "/usr/share/rehearsal/machines/$machine/etc/redis/redis.conf"
    chmod 640 "$trees/$machine/etc/redis/redis.conf"
  done
}
