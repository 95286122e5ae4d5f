#!/bin/bash
# The talk's end, on the bootstrap controller (pacemaker_resource_restart.sh): the identity service goes down everywhere, every
# service under it is restarted everywhere, and then it comes back.
#: step disable-keystone — stop Keystone in the whole cluster
#: step restart-haproxy — restart HAProxy on all controllers at once
#: step restart-rabbitmq — restart RabbitMQ on all controllers at once
#: step restart-memcached — restart memcached on all controllers at once
#: step restart-galera — restart Galera on all controllers at once
#: step enable-keystone — start Keystone again
. /usr/lib/rehearsal/procedure-library.sh

exists() { crm_resource --resource "$1" --query-xml > /dev/null 2>&1; }
settle() { timeout -k 10 "$(scaled "$1")" crm_resource --wait --timeout="$(scaled "$1")" > /dev/null; }
role() { # resource, Started or Stopped
  exists "$1" || { echo "no resource $1"; return 0; }
  crm_resource --resource "$1" --set-parameter target-role --meta --parameter-value "$2" --quiet
}
disable() { role "$1" Stopped && settle 1800; }
enable() { role "$1" Started && settle 1800; }
restart() {
  exists "$1" || { echo "no resource $1"; return 0; }
  role "$1" Stopped && settle 900 && role "$1" Started && settle 1800
}

if has_service keystone; then step disable-keystone disable keystone-clone; fi
for service in haproxy rabbitmq memcached galera; do
  if has_service "$service"; then step "restart-$service" restart "$service-clone"; fi
done
if has_service keystone; then step enable-keystone enable keystone-clone; fi
