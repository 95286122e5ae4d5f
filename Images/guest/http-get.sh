#!/bin/bash
# Sourced. Prints the answer to an HTTP request, without starting a client program.
# Arguments: the address, the port, the path, and the seconds to wait for each line (10).
http_get() {
  local line answer=
  { exec 9<> "/dev/tcp/$1/$2"; } 2> /dev/null || return 1
  printf 'GET %s HTTP/1.0\r\nHost: %s\r\n\r\n' "$3" "$1" >&9
  while IFS= read -r -t "${4:-10}" line <&9 || [ -n "$line" ]; do answer+=${line%$'\r'}$'\n'; line=; done
  exec 9>&-
  printf '%s' "$answer"
}
