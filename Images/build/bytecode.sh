#!/bin/bash
# Compiles the Python modules of a package, as its maintainer scripts would on the machine that installs it.
# Arguments: the folder of the package's content, the folder to write to.
#
# The package is not trusted: a symbolic link in it may lead anywhere on this host. Nothing is read or written through one: places and
# folders of bytecode that are links are left out or removed, and of the modules only regular files in real folders are compiled.
#
# It writes bytecode-<tag>, a tar archive of the compiled files. The tag is Python's own name for the versions that can read them
# ("cpython-311"). It writes nothing if the package has no modules, or if one of them cannot be compiled: then the machines compile.
set -euo pipefail
umask 022
content=$(cd "$1" && pwd -P)
folder=$(cd "$2" && pwd)
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
command -v python3 > /dev/null || exit 0
tag=$(python3 -I -c 'import sys; print(sys.implementation.cache_tag)')
version=$(python3 -I -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
places=()
# These are the places in which dh_python3's scripts and Python's own look for modules.
for place in usr/lib/python3/dist-packages "usr/lib/$version"; do
  if [ -d "$content/$place" ] && [ "$(realpath "$content/$place")" = "$content/$place" ]; then places+=("$place"); fi
done
[ ${#places[@]} -gt 0 ] || exit 0
cd "$content"
# What the package brings as compiled is not taken: it would stand in the way, or lead elsewhere. find follows no link.
find "${places[@]}" -name __pycache__ -prune -exec rm -rf {} +
# A name with a line feed would be two of the list, the second one anything.
find "${places[@]}" -name '*.py' -type f ! -path $'*\n*' > "$folder/modules"
status=0
python3 -I -m compileall -q --invalidation-mode timestamp -p / -i "$folder/modules" > /dev/null 2>&1 || status=1
rm "$folder/modules"
[ "$status" -eq 0 ] || exit 0
find "${places[@]}" -path "*/__pycache__/*.$tag.pyc" -print0 | sort -z \
  | tar -c --null --no-recursion --files-from=- --owner=0 --group=0 --numeric-owner --mtime=@0 --mode=644 -f "$folder/bytecode-$tag"
