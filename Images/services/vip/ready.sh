# Sourced by ready. The addresses are ready when each of them answers; the detail is which are on this machine.
here=
for address in $VIP_INTERNAL $VIP_PUBLIC; do
  ping -q -c 1 -W 5 "$address" > /dev/null 2>&1 || { echo "$address does not answer"; exit 1; }
  [ -z "$(ip -4 -o address show to "$address/32")" ] || here="$here $address"
done
echo "here:${here:- none}"
