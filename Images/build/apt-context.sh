# shellcheck shell=bash
# Sourced. Makes a private apt configuration: nothing of the host's state or cache is read or written. From the host's configuration it
# takes the sources of packages and the settings for fetching them (archive.sh).

archive=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/archive.sh

# apt_context DIR SUITE...   prepares DIR, with the main component of these suites, and sets APT_CONFIG
apt_context() {
  local dir=$1
  shift
  mkdir -p "$dir"/{lists/partial,archives/partial,etc/sources.list.d,etc/preferences.d,etc/apt.conf.d}
  [ -e "$dir/status" ] || : > "$dir/status"
  # The files may be in use, so they are renamed into their places. The URL of a proxy may have a password in it.
  "$archive" source "$@" > "$dir/etc/sources.$$" || { rm -f "$dir/etc/sources.$$"; return 1; }
  (umask 077 && apt_configuration "$dir" > "$dir/apt.conf.$$")
  mv "$dir/etc/sources.$$" "$dir/etc/archive.sources"
  mv "$dir/apt.conf.$$" "$dir/apt.conf"
  export APT_CONFIG=$dir/apt.conf LC_ALL=C
}

# Prints the configuration. Argument: the directory.
apt_configuration() {
  local dir=$1
  echo 'Acquire::Retries "3";'
  "$archive" configuration
  cat << END
Dir::Etc "$dir/etc";
Dir::Etc::sourcelist "$dir/etc/archive.sources";
Dir::Etc::sourceparts "$dir/etc/sources.list.d";
Dir::Etc::parts "/dev/null";
Dir::State "$dir";
Dir::State::lists "$dir/lists";
Dir::State::status "$dir/status";
Dir::State::extended_states "$dir/extended_states";
Dir::Cache "$dir";
Dir::Cache::archives "$dir/archives";
Dir::Log "$dir";
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
APT::Sandbox::User "root";
APT::Install-Recommends "false";
APT::Get::Assume-Yes "true";
Acquire::Languages "none";
Debug::NoLocking "true";
END
}
