#!/bin/bash
# Prints where packages come from: the sources of this machine's own apt, as apt itself reads its configuration.
#
#   archive.sh source SUITE...    prints an apt source of each suite's component main, in the format of a .sources file
#   archive.sh has SUITE          succeeds if apt is configured to take packages from the suite
#   archive.sh configuration      prints the part of apt's configuration that is about fetching (proxies, certificates, passwords, retries)
#                                 and about the keys that it trusts, as apt.conf
#
#   REHEARSAL_MIRROR              base URL to take suites from instead (optional)
#   REHEARSAL_SECURITY_MIRROR     the same for suites whose names end in -security (optional)
#   REHEARSAL_KEYRING             the keys that sign at those two (default: Debian's own keyring)
#
# The rules are in docs/package-sources.md. Nothing is fetched, and no list of packages needs to be there.
set -euo pipefail
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C

# These two print apt's sources of the component main, in apt's order, in lines "suite URI entry"; the entry is FILE:NUMBER. of_debian
# prints the sources that Debian signed, as far as apt has their lists, by both names of the suite (oldstable, bookworm). of_anybody
# prints all sources, by the name of the suite that is configured.
# shellcheck disable=SC2016 # apt's own variables
columns='$(COMPONENT)|$(CREATED_BY)|$(RELEASE)|$(REPO_URI)|$(SOURCESENTRY)'
of_debian() {
  apt-get indextargets --format "$columns|\$(CODENAME)|\$(ORIGIN)" \
    | awk 'BEGIN { FS = OFS = "|" } $7 ~ /^Debian( Backports)?$/ { print; $3 = $6; print }' | rows
}
of_anybody() { apt-get --no-release-info indextargets --format "$columns" | rows; }
rows() { awk -F '|' '$1 == "main" && $2 == "Packages" { sub("/$", "", $4); print $3, $4, $5 }'; }

# Prints the other fields of an entry, such as Signed-By and Trusted: all but those that name types, places, suites and components.
# Argument: FILE:NUMBER.
other_fields() {
  local file=${1%:*} number=${1##*:}
  case $file in
    *.sources)
      grep -v '^#' "$file" | awk -v number="$number" '
        BEGIN { RS = ""; FS = "\n" }
        NR == number {
          for (i = 1; i <= NF; i++) {
            if ($i !~ /^[ \t]/) { name = tolower($i); sub(/:.*/, "", name); sub(/-(add|remove)$/, "", name)
              wanted = name !~ /^(types|uris|suites|components|architectures|languages|targets|enabled|x-.*|description)$/ }
            if (wanted) print $i
          }
        }'
      ;;
    *)
      # The n-th line: deb [name=value,value ...] URI suite component...
      sed -n "${number}s/^[^[#]*\[ *\([^]]*\)\].*/\1/p" "$file" | tr -s '[:blank:]' '\n' \
        | sed -nE '/^(arch|lang|target)/Id; s/^([^=+-][^=+]*)=(.*)/\1: \2/p' | sed 's/,/ /g'
      ;;
  esac
}

# Sets row to the first source of the first suite that has one. Arguments: the suites.
debian='' anybody=''
find_row() {
  local suite
  debian=${debian:-$(of_debian)}
  for suite in "$@"; do
    row=$(row_in "$suite" "$debian")
    if [ -z "$row" ]; then
      anybody=${anybody:-$(of_anybody)}
      row=$(row_in "$suite" "$anybody")
    fi
    [ -z "$row" ] || return 0
  done
  return 1
}
row_in() { awk -v suite="$1" '$1 == suite && !found { print; found = 1 }' <<< "$2"; }

# Prints the codename of this machine's release, if that is Debian.
own_release() { (. /etc/os-release && [ "$ID" = debian ] && echo "${VERSION_CODENAME:-}") 2> /dev/null || true; }

# Prints the suites that are found at the same place as a suite, that suite first. Argument: the suite.
neighbours() {
  local release=${1%%-*} own
  own=$(own_release)
  case $1 in
    *-security) printf '%s\n' "$1" ${own:+"$own-security"} ;;
    *) printf '%s\n' "$1" "$release" ${own:+"$own"} ;;
  esac
}

# Prints an apt source. With file: apt would use packages where they lie; with copy: it fetches them as from any other place.
# Arguments: the suite, the URI. The other fields are read from standard input.
stanza() {
  printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\n' "${2/#file:/copy:}" "$1"
  cat
}

source_of() {
  local suite=$1 option=--mirror variable=REHEARSAL_MIRROR places
  case $suite in *-security) option=--security-mirror variable=REHEARSAL_SECURITY_MIRROR ;; esac
  if [ -n "${!variable:-}" ]; then
    stanza "$suite" "${!variable}" <<< "Signed-By: ${REHEARSAL_KEYRING:-/usr/share/keyrings/debian-archive-keyring.gpg}"
    return
  fi
  mapfile -t places < <(neighbours "$suite")
  find_row "${places[@]}" || {
    echo "error: find packages of $suite: the apt of this machine has no source of it" >&2
    echo "hint: name one in apt's configuration (and run apt-get update), or give its base URL with $option or $variable" >&2
    return 1
  }
  # shellcheck disable=SC2086 # three words
  set -- $row
  other_fields "$3" | stanza "$suite" "$2"
}

configuration() {
  local netrc netrc_parts trusted trusted_parts
  eval "$(apt-config shell netrc Dir::Etc::netrc/f netrc_parts Dir::Etc::netrcparts/d \
    trusted Dir::Etc::trusted/f trusted_parts Dir::Etc::trustedparts/d)"
  # These are all settings of Acquire but those of which files are fetched and how they are kept.
  apt-config dump --no-empty | grep '^Acquire::' \
    | grep -vE '^Acquire::(IndexTargets|Languages|CompressionTypes|Changelogs|GzipIndexes|cdrom)\b' || true
  printf 'Dir::Etc::%s "%s";\n' netrc "$netrc" netrcparts "$netrc_parts" trusted "$trusted" trustedparts "$trusted_parts"
}

case ${1:-} in
  source)
    shift
    source_of "${1:?the suite}"
    for suite in "${@:2}"; do echo && source_of "$suite"; done
    ;;
  has) find_row "${2:?the suite}" ;;
  configuration) configuration ;;
  *) echo "usage: archive.sh source SUITE... | has SUITE | configuration" >&2; exit 64 ;;
esac
