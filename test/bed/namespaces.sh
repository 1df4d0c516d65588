#!/bin/bash
# namespaces.sh DIR: holds the namespaces (network, mount, process, host name) in which the cluster's node lives.
# When standard input ends, because its owner stopped it or died, everything in them ends, and what the
# kernel does not take along (cgroups) is removed.
set -uo pipefail
trap '' INT TERM HUP
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=$1
# shellcheck source=test/bed/leftovers.sh
. "$here/leftovers.sh"

# One at a time: the addresses, the interface and the cgroup have fixed names. The lock ends with its holders.
exec 9>"$(dirname "$dir")/kubernetes.lock"
flock -w 30 9 || { echo "another cluster of the test bed is running"; exit 1; }

remove_leftovers
make_cgroups
unshare --net --mount --pid --uts --fork --kill-child --mount-proc --propagation private bash "$here/node.sh" "$dir" <&0 &
holder=$!
until init=$(pgrep -P $holder); do
  kill -0 $holder || exit 1
  sleep 0.05
done
# The way in from this machine. It goes when the namespace goes.
ip link add "$host_interface" type veth peer name node0 netns "$init" &&
  ip addr add "$host_address/24" dev "$host_interface" &&
  ip link set "$host_interface" up &&
  ip route add "$pod_network" via "$node_address" || { echo "no interface"; kill -KILL $holder; }
echo "$init" > "$dir/init.pid"
wait $holder
remove_leftovers
