rabbitmq_configure() {
  local machine erl
  # The packages were unpacked before this filter of dpkg was there. (If it named a plugin that is needed, the seed below would not start.)
  # shellcheck disable=SC2046 # patterns
  (cd "$root" && rm -rf $(sed -n 's|^path-exclude=/||p' etc/dpkg/dpkg.cfg.d/rabbitmq))
  in_image systemctl --quiet disable rabbitmq-server.service epmd.service epmd.socket 2> /dev/null || true
  for erl in "$root"/usr/lib/erlang/erts-*/bin/erl; do
    in_image dpkg-divert --quiet --local --rename --add "${erl#"$root"}"
    in_image ln -s /usr/lib/rehearsal/erl "${erl#"$root"}"
  done
  in_image chown -R rabbitmq:rabbitmq /var/lib/rabbitmq /var/log/rabbitmq
  rm -rf "$root/var/lib/rabbitmq/mnesia" "$root/var/lib/rabbitmq/.erlang.cookie"
  machine_folders rabbitmq:rabbitmq 750 /var/lib/rabbitmq
  for machine in $REHEARSAL_MACHINES; do
    printf '%s' "$(machine_secret "$machine" ERLANG_COOKIE)" > "$trees/$machine/var/lib/rabbitmq/.erlang.cookie"
    in_image chown rabbitmq:rabbitmq "/usr/share/rehearsal/machines/$machine/var/lib/rabbitmq/.erlang.cookie"
    chmod 400 "$trees/$machine/var/lib/rabbitmq/.erlang.cookie"
  done
}

rabbitmq_control() { in_machine_as "$1" rabbitmq "${@:2}" > /dev/null 2>> "$work/rabbitmq.log"; }

# Has a machine's broker join the cluster of another. Arguments: the machine, the other.
rabbitmq_join() {
  rabbitmq_control "$1" rabbitmqctl stop_app \
    && rabbitmq_control "$1" rabbitmqctl join_cluster "rabbit@$2" \
    && rabbitmq_control "$1" rabbitmqctl start_app
}

rabbitmq_seed() {
  local machine first=${REHEARSAL_MACHINES%% *}
  for machine in $REHEARSAL_MACHINES; do
    in_machine_as "$machine" rabbitmq env RABBITMQ_LOG_BASE=/run/lock /usr/lib/rabbitmq/bin/rabbitmq-server >> "$work/rabbitmq.log" 2>&1 &
  done
  for machine in $REHEARSAL_MACHINES; do
    wait_until 120 "RabbitMQ on $machine" rabbitmq_control "$machine" rabbitmqctl --timeout 100 await_startup || {
      tail -n 50 "$work/rabbitmq.log"
      return 1
    }
    [ "$machine" = "$first" ] || rabbitmq_join "$machine" "$first" || {
      tail -n 50 "$work/rabbitmq.log"
      return 1
    }
  done
  rabbitmq_control "$first" rabbitmqctl add_user probe "$(machine_secret "$first" PROBE)"
  rabbitmq_control "$first" rabbitmqctl set_permissions probe '.*' '.*' '.*'
  rabbitmq_control "$first" rabbitmqctl delete_user guest
  rabbitmq_control "$first" rabbitmqctl set_policy ha-all '^(?!amq\.).*' '{"ha-mode":"all","ha-sync-mode":"automatic"}'
}

# The first machine stops last: on their first start the others wait for its tables, as after any orderly stop of the whole cluster.
rabbitmq_settle() {
  local machine
  # shellcheck disable=SC2086 # a list
  for machine in $(printf '%s\n' $REHEARSAL_MACHINES | tac); do
    rabbitmq_control "$machine" rabbitmqctl stop
  done
  for machine in $REHEARSAL_MACHINES; do
    rm -rf "$trees/$machine"/var/lib/rabbitmq/mnesia/*.pid "$trees/$machine"/var/lib/rabbitmq/.cache
  done
}
