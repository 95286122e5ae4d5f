#!/bin/bash
# What TripleO's pacemaker_resource_restart.sh did on the bootstrap controller at the end of an update in 2016 (docs/tripleo.md): it stopped
# the identity service in the whole cluster, restarted every service below it in the whole cluster, and started the identity service again.
#: step disable-keystone — stop Keystone in the whole cluster
#: step restart-haproxy — restart HAProxy on all controllers at once
#: step restart-rabbitmq — restart RabbitMQ on all controllers at once
#: step restart-memcached — restart memcached on all controllers at once
#: step restart-galera — restart Galera on all controllers at once
#: step enable-keystone — start Keystone again
. /usr/lib/rehearsal/procedure-library.sh

exists() { crm_resource --resource "$1" --query-xml > /dev/null 2>&1; }
settle() { timeout -k 10 "$(scaled "$1")" crm_resource --wait --timeout="$(scaled "$1")" > /dev/null; }
# Sets the role that a resource is to have. Arguments: the resource, Started or Stopped.
role() {
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
