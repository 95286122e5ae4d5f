# Sourced by ready. Each virtual address answers; says which are here.
here=
for address in $VIP_INTERNAL $VIP_PUBLIC; do
  ping -q -c 1 -W 5 "$address" > /dev/null 2>&1 || { echo "$address does not answer"; exit 1; }
  [ -z "$(ip -4 -o address show to "$address/32")" ] || here="$here $address"
done
echo "here:${here:- none}"
