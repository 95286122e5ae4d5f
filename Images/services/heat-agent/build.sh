heat_agent_configure() {
  install -d -m 700 "$root/var/lib/rehearsal/deployments"
  chmod 755 "$root/usr/lib/rehearsal/heat-agent"
  in_image systemctl --quiet enable rehearsal-heat-agent.service
}
