# Sourced: what the cluster makes outside its namespaces, and how it is taken away again.
# shellcheck shell=bash disable=SC2034
host_interface=opsroom-bed
host_address=172.31.77.1
node_address=172.31.77.10
pod_network=10.244.0.0/24
cgroup=opsroom-bed

# The branch of the cgroup hierarchies under which the kubelet puts its pods.
make_cgroups() {
  local root=/sys/fs/cgroup hierarchy
  if [ -e $root/cgroup.controllers ]; then # version 2
    for hierarchy in $(cat $root/cgroup.controllers); do echo "+$hierarchy" > $root/cgroup.subtree_control 2>/dev/null; done
    mkdir -p $root/$cgroup
    return
  fi
  for hierarchy in "$root"/*/; do mkdir -p "$hierarchy$cgroup" 2>/dev/null; done
  cat $root/cpuset/cpuset.cpus > $root/cpuset/$cgroup/cpuset.cpus
  cat $root/cpuset/cpuset.mems > $root/cpuset/$cgroup/cpuset.mems
}

# A cgroup can be removed when the last process in it is gone, which the kernel takes a moment for.
remove_leftovers() {
  local branches=(/sys/fs/cgroup/$cgroup /sys/fs/cgroup/*/$cgroup) branch left
  for _ in $(seq 100); do
    left=
    for branch in "${branches[@]}"; do
      [ -d "$branch" ] || continue
      find "$branch" -depth -type d -exec rmdir {} + 2>/dev/null
      [ ! -d "$branch" ] || left=$branch
    done
    ip link delete $host_interface 2>/dev/null
    [ -n "$left" ] || return 0
    sleep 0.1
  done
  echo "could not remove $left" >&2
  return 1
}
