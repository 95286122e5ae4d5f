#!/bin/bash
# Finds what an update would bring to machines with the given packages, and makes a repository of it.
#
#   REHEARSAL_OUTPUT             directory to write: pool/*.deb, Packages, Packages.gz, Release, delta.tsv (package, from, to, source)
#   REHEARSAL_PACKAGE_LISTS      the packages.txt files of the roles (a path on each line)
#   REHEARSAL_SUITE              as in base.sh: what the machines were installed from
#   REHEARSAL_CANDIDATE_DIR      instead of the security and updates suites: a directory of .deb files (optional)
#
# apt itself resolves the upgrade and checks the signatures; what is served is then compressed anew (docs/decisions/0005).
# archive.sh says where the suites come from. Exit status: 3 if nothing would change; 64 if a given .deb cannot be read.
set -euo pipefail
umask 022

: "${REHEARSAL_OUTPUT:?}" "${REHEARSAL_PACKAGE_LISTS:?}"
suite=${REHEARSAL_SUITE:-bookworm}
here=$(cd "$(dirname "$0")" && pwd)
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
. "$here/apt-context.sh"

mkdir -p "$REHEARSAL_OUTPUT"
output=$(cd "$REHEARSAL_OUTPUT" && pwd)
work=$(mktemp -d "$output/candidate.XXXXXX")
trap 'rm -rf "$work"' EXIT

# Runs dpkg-deb on a package. One that was given is not trusted; the others are signed. Arguments: the package, what dpkg-deb does, and its
# further arguments.
dpkg_deb() {
  local enclosed=()
  [ -z "${REHEARSAL_CANDIDATE_DIR:-}" ] || enclosed=("$here/enclose.sh" --read "$1" --)
  "${enclosed[@]}" dpkg-deb "$2" "$(realpath "$1")" "${@:3}"
}

# Writes the index entry of a package file. Arguments: the file, its name in the repository.
index_entry() {
  dpkg_deb "$1" -f
  printf 'Filename: %s\nSize: %s\nSHA256: %s\n\n' "$2" "$(stat -c %s "$1")" "$(sha256sum "$1" | cut -d ' ' -f 1)"
}

# Ends for want of candidate packages. Argument: the reason.
no_candidates() {
  echo "error: read candidate packages from $REHEARSAL_CANDIDATE_DIR: $1 (hint: give a directory of .deb files)" >&2
  exit 64
}
# Reads a package file to its end. Argument: the file.
read_package() { dpkg_deb "$1" -f Package Version Architecture > /dev/null && dpkg_deb "$1" --fsys-tarfile > /dev/null; }

given=
if [ -n "${REHEARSAL_CANDIDATE_DIR:-}" ]; then
  echo "::stage candidate-given"
  [ -d "$REHEARSAL_CANDIDATE_DIR" ] || no_candidates "not a directory"
  given=$work/given
  mkdir -p "$given"
  bad=0 count=0
  for deb in "$REHEARSAL_CANDIDATE_DIR"/*.deb; do
    [ -e "$deb" ] || [ -L "$deb" ] || continue
    count=$((count + 1))
    if ! reason=$(read_package "$deb" 2>&1); then
      reason=$(printf '%s' "$reason" | tail -n 1 | sed 's/^dpkg-deb: //')
      echo "error: read candidate package $deb: $reason (hint: build it again or take it out of the directory)" >&2
      bad=1
      continue
    fi
    cp "$deb" "$given/"
    index_entry "$deb" "./${deb##*/}" >> "$given/Packages"
  done
  [ "$bad" -eq 0 ] || exit 64
  [ "$count" -gt 0 ] || no_candidates "no .deb in it"
fi

echo "::stage candidate-indexes"
if [ -n "$given" ]; then
  apt_context "$work/apt" "$suite"
  # In a source's URI what is not plain is escaped, as blanks would end it.
  uri=$(printf '%s' "$given" | sed 's/%/%25/g; s/ /%20/g; s/\[/%5B/g; s/\]/%5D/g')
  printf 'deb [trusted=yes] file:%s ./\n' "$uri" > "$work/apt/etc/sources.list.d/given.list"
else
  apt_context "$work/apt" "$suite" "$suite-updates" "$suite-security"
fi
apt-get -q update

# The packages that the machines have are written as dpkg would record them, from the entries of their versions in the indexes. The entry of
# any index will do, since a version is the same wherever it is listed.
for index in "$work"/apt/lists/*_Packages*; do
  case $index in *.lz4) /usr/lib/apt/apt-helper cat-file "$index" ;; *) cat "$index" ;; esac
done > "$work/all"

# Prints the upgrades of a role's machines, in lines "package from to source". Argument: the role's packages.txt.
resolve() {
  local list=$1
  awk -v list="$list" '
    BEGIN { while ((getline line < list) > 0) { split(line, field, " "); wanted[field[1] " " field[2]] = 1 } RS = ""; FS = "\n" }
    { package = version = ""
      for (i = 1; i <= NF; i++) { if ($i ~ /^Package: /) package = substr($i, 10); else if ($i ~ /^Version: /) version = substr($i, 10) }
      key = package " " version
      if (key in wanted) {
        delete wanted[key]
        for (i = 1; i <= NF; i++) {
          if ($i ~ /^(Filename|Size|MD5sum|SHA256|Description-md5|Tag|Homepage):/ || $i ~ /^ /) continue
          print $i
          if ($i ~ /^Package: /) print "Status: install ok installed"
        }
        print ""
      } }
    END { for (key in wanted) print "not listed any more: " key > "/dev/stderr" }' "$work/all" > "$work/apt/status"
  rm -f "$work/apt/extended_states" "$work"/apt/*.bin
  apt-get -q --download-only --with-new-pkgs -o Debug::pkgProblemResolver=false upgrade > "$work/log" 2>&1 || {
    cat "$work/log" >&2
    return 1
  }
  apt-get -q --simulate --with-new-pkgs upgrade | awk -v list="$list" '
    BEGIN { while ((getline line < list) > 0) { split(line, field, " "); from[field[1]] = field[2]; source[field[1]] = field[4] } }
    /^Inst / { name = $2; to = $0; sub(/^Inst [^ ]+ (\[[^]]*\] )?\(/, "", to); sub(/ .*/, "", to)
      print name "\t" (name in from ? from[name] : "-") "\t" to "\t" (name in source && source[name] != "" ? source[name] : name) }'
}

echo "::stage candidate-resolve"
: > "$work/delta"
while IFS= read -r list; do
  [ -e "$list" ] || { echo "error: find the candidate packages: no package list $list" >&2; exit 1; }
  resolve "$list" >> "$work/delta" || { echo "error: find the candidate packages for $list: apt failed" >&2; exit 1; }
done <<< "$REHEARSAL_PACKAGE_LISTS"
sort -u "$work/delta" > "$output/delta.tsv"
if ! [ -s "$output/delta.tsv" ]; then
  echo "the channels do not differ for any installed package"
  exit 3
fi

echo "::stage candidate-repository"
rm -rf "$output/pool" "$output/Packages" "$output/Packages.gz" "$output/Release"
mkdir -p "$output/pool"
while IFS=$'\t' read -r package _ version _; do
  found=
  for deb in "$work/apt/archives/${package%%:*}"_*.deb ${given:+"$given"/*.deb}; do
    [ -e "$deb" ] || continue
    if [ "$(dpkg_deb "$deb" -f Package Version)" = "Package: ${package%%:*}"$'\n'"Version: $version" ]; then
      found=$deb
      break
    fi
  done
  [ -n "$found" ] || { echo "error: fetch candidate package $package $version: not downloaded" >&2; exit 1; }
  name=${package%%:*}_${version#*:}_$(dpkg_deb "$found" -f Architecture).deb
  [ ! -e "$output/pool/$name" ] || continue
  "$here/enclose.sh" --read "$here" --read "$found" --write "$output/pool" -- \
    "$here/repack.sh" "$(realpath "$found")" "$output/pool/$name"
  index_entry "$output/pool/$name" "./pool/$name" >> "$output/Packages"
done < "$output/delta.tsv"
gzip -9nk "$output/Packages"
{
  printf 'Origin: Rehearsal\nLabel: candidate\nSuite: candidate\nArchitectures: amd64 all\n'
  printf 'Date: %s\nSHA256:\n' "$(date -u '+%a, %d %b %Y %H:%M:%S UTC')"
  for file in Packages Packages.gz; do
    printf ' %s %s %s\n' "$(sha256sum "$output/$file" | cut -d ' ' -f 1)" "$(stat -c %s "$output/$file")" "$file"
  done
} > "$output/Release"
echo "$(wc -l < "$output/delta.tsv") packages differ, $(du -sm "$output/pool" | cut -f 1) MiB"
