# Sourced. A private apt configuration: nothing of the host's sources, state or cache is read or written.

keyring=${REHEARSAL_KEYRING:-/usr/share/keyrings/debian-archive-keyring.gpg}

# apt_context DIR SOURCE-LINE...   prepares DIR and sets APT_CONFIG; a line is "MIRROR SUITE"
apt_context() {
  local dir=$1 line
  shift
  mkdir -p "$dir"/{lists/partial,archives/partial,etc/preferences.d,etc/apt.conf.d,etc/trusted.gpg.d}
  [ -e "$dir/status" ] || : > "$dir/status"
  : > "$dir/etc/sources.list"
  for line in "$@"; do
    printf 'deb [signed-by=%s] %s main\n' "$keyring" "$line" >> "$dir/etc/sources.list"
  done
  cat > "$dir/apt.conf" <<END
Dir::Etc "$dir/etc";
Dir::Etc::sourcelist "$dir/etc/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::Etc::trustedparts "$dir/etc/trusted.gpg.d";
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
Acquire::Retries "3";
Acquire::Check-Valid-Until "true";
Debug::NoLocking "true";
END
  export APT_CONFIG=$dir/apt.conf LC_ALL=C
}
