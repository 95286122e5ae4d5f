# Sourced by ready. The modules are ready when they are installed.
if [ ! -d /usr/share/puppet/modules.available ] && [ ! -d /usr/share/puppet/modules ]; then
  echo "no modules"
  exit 1
fi
echo installed
