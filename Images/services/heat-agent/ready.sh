# Sourced by ready. The agent is ready when this machine has its place in the stack, and Heat has answered it.
[ -s /etc/rehearsal/heat-agent.conf ] || { echo "not told which server it is"; exit 1; }
[ -e /run/rehearsal/heat-agent.asked ] || { echo "Heat has not answered yet"; exit 1; }
echo "asks Heat"
