# Sourced by ready.
[ -d /usr/share/puppet/modules.available ] || [ -d /usr/share/puppet/modules ] || { echo "no modules"; exit 1; }
echo installed
