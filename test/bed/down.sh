#!/bin/bash
# Ends whatever of the test bed is still running on this machine and takes away what it made outside its cache.
# Stopping does that by itself, also when the owner is killed; this is for when that failed, or to be sure.
# With --check it changes nothing and fails when something is left.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=test/bed/versions.sh
. "$here/versions.sh"
# shellcheck source=test/bed/leftovers.sh
. "$here/leftovers.sh"

# Our processes are known by their command lines: each names a program or a folder of the cache.
ours() { pgrep -f "^$cache/(bin|synapse/bin|prometheus/bin)/|(namespaces|node)\.sh $cache/run/"; }

if [ "${1:-}" = --check ]; then
  left=$(
    for pid in $(ours); do echo "process $pid: $(tr '\0' ' ' < "/proc/$pid/cmdline" | cut -c1-100)"; done
    grep -F "$cache" /proc/mounts | sed 's/^/mount: /'
    ip -brief link show "$host_interface" 2>/dev/null | sed 's/^/interface: /'
    for branch in /sys/fs/cgroup/$cgroup /sys/fs/cgroup/*/$cgroup; do [ ! -d "$branch" ] || echo "cgroup: $branch"; done
    find "$cache/run" -mindepth 1 -maxdepth 1 -type d 2>/dev/null | sed 's/^/folder: /'
  )
  [ -z "$left" ] || { echo "$left"; exit 1; }
  echo "nothing left"
  exit 0
fi

for pid in $(ours); do kill -KILL "$pid" 2>/dev/null; done
remove_leftovers
rm -rf "$cache"/run/*/
