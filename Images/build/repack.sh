#!/bin/bash
# Writes a package with the same content, compressed by zstd instead of xz: that takes a seventh of the processor's time to uncompress.
# The bytecode that the package's scripts would compile is added as one more file beside them (bytecode.sh); on the machine
# Images/guest/lay-out-bytecode puts it in place. Arguments: the package, the file to write.
set -euo pipefail
umask 022
here=$(cd "$(dirname "$0")" && pwd)
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
work=$(mktemp -d "$2.XXXXXX")
trap 'rm -rf "$work"' EXIT

dpkg-deb -e "$1" "$work/control"
dpkg-deb -x "$1" "$work/data"
"$here/bytecode.sh" "$work/data" "$work/control"
echo 2.0 > "$work/debian-binary"
tar -c -C "$work/control" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 . | zstd -q -10 -o "$work/control.tar.zst"
dpkg-deb --fsys-tarfile "$1" | zstd -q -10 -o "$work/data.tar.zst"
{
  printf '!<arch>\n'
  for name in debian-binary control.tar.zst data.tar.zst; do
    size=$(stat -c %s "$work/$name")
    printf '%-16s%-12d%-6d%-6d%-8s%-10d`\n' "$name" 0 0 0 100644 "$size"
    cat "$work/$name"
    [ $((size % 2)) -eq 0 ] || echo
  done
} > "$2"
