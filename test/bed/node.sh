#!/bin/bash
# node.sh DIR: the first process of the cluster's namespaces. It runs containerd, and the kubelet when told so
# on standard input; when that ends, it ends, and the kernel ends all the rest.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=$1
# shellcheck source=test/bed/versions.sh
. "$here/versions.sh"
# shellcheck source=test/bed/leftovers.sh
. "$here/leftovers.sh"

hostname node1
mount --make-rshared /
ip link set lo up
until ip link set node0 up 2>/dev/null; do sleep 0.05; done
ip addr add $node_address/24 dev node0
# Service addresses are rewritten after routing, so they need a route; there is none to anywhere else.
ip route add 10.96.0.0/16 dev node0
echo 1 > /proc/sys/net/ipv4/ip_forward

# containerd and the kubelet write to some fixed places: those are not this machine's.
mkdir -p /var/lib/cni /var/lib/kubelet
for place in /run /var/log /var/lib/cni /var/lib/kubelet; do mount -t tmpfs -o mode=755 bed $place; done

containerd -c "$dir/containerd.toml" > "$dir/containerd.log" 2>&1 < /dev/null &
until ctr -a "$dir/containerd.sock" -n k8s.io images import "$cache/images/bed.tar" > "$dir/import.log" 2>&1; do sleep 0.2; done
touch "$dir/images-ready"

kubelet=
while read -r command; do
  case $command in
    "start kubelet")
      "$bin/kubelet" --config="$dir/kubelet.json" --kubeconfig="$dir/pki/kubelet.kubeconfig" --hostname-override=node1 \
        --node-ip=$node_address --root-dir="$dir/kubelet" --cert-dir="$dir/kubelet/pki" >> "$dir/kubelet.log" 2>&1 < /dev/null &
      kubelet=$!
      ;;
    "stop kubelet")
      kill -KILL "$kubelet"
      wait "$kubelet"
      ;;
  esac
done
