# Sourced by ready. memcached is ready when it listens.
{ exec 9<> "/dev/tcp/$CTLPLANE/11211"; } 2> /dev/null || { echo "not listening"; exit 1; }
exec 9>&-
echo listening
