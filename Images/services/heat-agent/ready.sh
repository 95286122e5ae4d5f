# Sourced by ready. Heat knows this machine, and it has asked for its deployments.
[ -s /etc/rehearsal/heat-agent.conf ] || { echo "not told which server it is"; exit 1; }
[ -e /run/rehearsal/heat-agent.asked ] || { echo "Heat has not answered yet"; exit 1; }
echo "asks Heat"
