#!/bin/bash
# Takes the distribution's cloud kernel apart for direct boot; it is never installed in a machine.
#
#   REHEARSAL_OUTPUT   directory to write: vmlinuz, modules.tar, initrd, probe-initrd, probe-loop.sh, busybox, version
#   REHEARSAL_SUITE    as in base.sh (archive.sh says where it comes from)
set -euo pipefail
umask 022

: "${REHEARSAL_OUTPUT:?directory to write}"
suite=${REHEARSAL_SUITE:-bookworm}
here=$(cd "$(dirname "$0")" && pwd)
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
. "$here/apt-context.sh"

mkdir -p "$REHEARSAL_OUTPUT"
output=$(cd "$REHEARSAL_OUTPUT" && pwd)
work=$(mktemp -d "$output/kernel.XXXXXX")
trap 'rm -rf "$work"' EXIT

echo "::stage kernel-download"
apt_context "$work/apt" "$suite"
apt-get -qq update
image=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
[ -n "$image" ] || { echo "error: find the cloud kernel in $suite: linux-image-cloud-amd64 depends on nothing" >&2; exit 1; }
(cd "$work" && apt-get -qq download "$image" busybox-static)
mkdir "$work/kernel" "$work/busybox"
dpkg-deb -x "$work/$image"_*.deb "$work/kernel"
dpkg-deb -x "$work"/busybox-static_*.deb "$work/busybox"
version=$(ls "$work/kernel/lib/modules")
cp "$work/kernel/boot/vmlinuz-$version" "$output/vmlinuz"
install -m 755 "$work/busybox/bin/busybox" "$output/busybox"

echo "::stage kernel-modules"
source=$work/kernel/lib/modules/$version
modules=$work/modules/lib/modules/$version
mkdir -p "$modules/kernel"
cp "$source"/modules.builtin "$source"/modules.builtin.modinfo "$source"/modules.order "$modules/"
for tree in \
  crypto lib \
  arch/x86/crypto \
  drivers/virtio drivers/block/virtio_blk.ko drivers/block/loop.ko drivers/char/hw_random drivers/char/virtio_console.ko \
  drivers/net/bonding drivers/net/dummy.ko drivers/net/geneve.ko drivers/net/ifb.ko drivers/net/macvlan.ko drivers/net/macvtap.ko \
  drivers/net/net_failover.ko drivers/net/tap.ko drivers/net/tun.ko drivers/net/veth.ko drivers/net/virtio_net.ko drivers/net/vxlan \
  fs/ext4 fs/jbd2 fs/mbcache.ko fs/overlayfs fs/fuse fs/autofs fs/configfs fs/binfmt_misc.ko \
  net/core net/ipv4 net/ipv6 net/netfilter net/bridge net/8021q net/802 net/llc net/openvswitch net/nsh net/mpls net/sched net/packet \
  net/unix net/vmw_vsock; do
  [ -e "$source/kernel/$tree" ] || continue
  mkdir -p "$modules/kernel/$(dirname "$tree")"
  cp -r "$source/kernel/$tree" "$modules/kernel/$tree"
done
rm -rf "$modules"/kernel/net/netfilter/ipvs "$modules"/kernel/crypto/async_tx
depmod -b "$work/modules" "$version" 2> /dev/null
tar -C "$work/modules" --owner=0 --group=0 --sort=name --mtime=@0 -cf "$output/modules.tar" lib

echo "::stage kernel-initrd"
root=$work/initrd
mkdir -p "$root"/{bin,dev,proc,sys,mnt,lib/modules}
install -m 755 "$output/busybox" "$root/bin/busybox"
cp -r "$modules" "$root/lib/modules/"
install -m 755 "$here/initrd-init" "$root/init"
# Prints the order in which to load modules, each after those that it depends on. Arguments: the modules.
load_order() {
  local name path dependency
  for name in "$@"; do
    path=$(sed -n "s|^\(kernel/[^:]*/$name\.ko\):.*|\1|p" "$modules/modules.dep" | head -n 1)
    [ -n "$path" ] || continue
    for dependency in $(sed -n "s|^$path: *||p" "$modules/modules.dep" | tr ' ' '\n' | tac); do echo "$dependency"; done
    echo "$path"
  done | awk '!seen[$0]++'
}
load_order crc32c_generic crc32c-intel virtio_pci virtio_blk ext4 virtio_net virtio_console virtio-rng > "$root/lib/modules/load"
echo "$version" > "$root/lib/modules/version"
# The initrd is not compressed: the emulator hands it over at once, while unpacking would cost the guest seconds.
(cd "$root" && find . -print0 | sort -z | cpio --null --create --format=newc --owner=0:0 --reproducible --quiet) > "$output/initrd"

echo "::stage probe-initrd"
probe=$work/probe
mkdir -p "$probe"/{bin,dev,proc,sys}
install -m 755 "$output/busybox" "$probe/bin/busybox"
install -m 755 "$here/probe-loop.sh" "$probe/probe-loop.sh"
install -m 755 "$here/probe-init" "$probe/init"
(cd "$probe" && find . -print0 | sort -z | cpio --null --create --format=newc --owner=0:0 --reproducible --quiet) > "$output/probe-initrd"
install -m 755 "$here/probe-loop.sh" "$output/probe-loop.sh"
echo "$version" > "$output/version"
