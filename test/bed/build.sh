#!/bin/bash
# Makes everything the test bed needs from Debian packages, Go modules and PyPI. Safe to run again, and
# to kill and run again: a part is kept when its stamp names the version that is wanted now.
set -euo pipefail
# shellcheck source=test/bed/versions.sh
. "$(dirname "${BASH_SOURCE[0]}")/versions.sh"
mkdir -p "$bin" "$cache/stamps" "$cache/images"
exec 9>"$cache/build.lock"
flock -n 9 || { echo "another build is running, waiting for it"; flock 9; }

say() { printf '%s bed: %s\n' "$(date +%H:%M:%S)" "$*"; }

# part NAME VERSION FUNCTION: runs FUNCTION unless the stamp of NAME says VERSION already.
part() {
  if [ "$(cat "$cache/stamps/$1" 2>/dev/null)" = "$2" ]; then say "$1: kept"; return; fi
  say "$1: making"
  local began=$SECONDS
  "$3"
  printf '%s' "$2" > "$cache/stamps/$1.new" && mv "$cache/stamps/$1.new" "$cache/stamps/$1"
  say "$1: made in $((SECONDS - began)) s"
}

packages="containerd runc containernetworking-plugins nftables iptables conntrack iproute2 util-linux procps openssl busybox-static python3-venv libpq-dev gcc"
install_packages() {
  apt-get update -qq
  # The services that the packages bring are not wanted on the host.
  # shellcheck disable=SC2086
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 $packages >/dev/null
}

# One module for Kubernetes and etcd, so that the commands share compiled packages.
build_kubernetes() {
  local minor=${kubernetes_version#v1.}
  local variables="-X k8s.io/component-base/version.gitVersion=$kubernetes_version -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=${minor%%.*}"
  (cd "$bed/go" && CGO_ENABLED=0 nice go build -trimpath -ldflags "-s -w $variables" -o "$bin/" ./hold tool)
  mv "$bin/server" "$bin/etcd"
}

install_go() { GOBIN=$bin CGO_ENABLED=0 nice go install -trimpath -ldflags "-s -w" "$1"; }
build_metrics_server() { install_go "sigs.k8s.io/metrics-server/cmd/metrics-server@$metrics_server_version"; }
# kwok does nothing by itself: how its nodes and pods live stands in files that its module brings along.
build_kwok() {
  install_go "sigs.k8s.io/kwok/cmd/kwok@$kwok_version"
  local module
  module=$(GOFLAGS=-mod=mod go mod download -json "sigs.k8s.io/kwok@$kwok_version" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  rm -rf "$cache/kwok"; mkdir -p "$cache/kwok"
  local folder file
  for folder in stage/node/fast stage/node/heartbeat-with-lease stage/pod/fast metrics/usage metrics/resource; do
    for file in "$module/kustomize/$folder"/*.yaml; do
      case $file in */kustomization.yaml) continue ;; esac
      printf -- '---\n'
      cat "$file"
    done
  done > "$cache/kwok/kwok.yaml"
}

build_image() {
  local root=$cache/images/root
  rm -rf "$root"; mkdir -p "$root/bin" "$root/tmp"; chmod 1777 "$root/tmp"
  install -m755 "$bin/hold" "$root/hold"
  install -m755 /bin/busybox "$root/bin/busybox"
  local tool
  for tool in $("$root/bin/busybox" --list); do [ "$tool" = busybox ] || ln -s busybox "$root/bin/$tool"; done
  python3 "$bed/image.py" "$cache/images/bed.tar" localhost/opsroom-bed:1 "$root" /hold
}

build_synapse() {
  rm -rf "$cache/synapse"
  python3 -m venv "$cache/synapse"
  "$cache/synapse/bin/pip" install -q --disable-pip-version-check -r "$bed/synapse-requirements.txt"
}

# The programs alone: installed, the packages would bring services that start by themselves.
unpack_prometheus() {
  local folder=$cache/prometheus
  rm -rf "$folder"; mkdir -p "$folder/packages"
  (
    cd "$folder/packages"
    fetch() { apt-get download -qq "prometheus=$prometheus_version.*" "prometheus-alertmanager=$alertmanager_version.*" 2>/dev/null; }
    fetch || { apt-get update -qq; fetch; }
    for package in *.deb; do dpkg -x "$package" .; done
  )
  mv "$folder/packages/usr/bin" "$folder/bin"
  mv "$folder/packages/usr/share/prometheus" "$folder/share"
  rm -rf "$folder/packages"
}

digest() { cat "$@" | sha256sum | cut -c1-16; }

part packages "$(printf %s "$packages" | sha256sum | cut -c1-16)" install_packages
part synapse "$(digest "$bed/synapse-requirements.txt")" build_synapse
part prometheus "$prometheus_version $alertmanager_version" unpack_prometheus
part kubernetes "$kubernetes_version $(digest "$bed"/go/{go.mod,go.sum,hold/main.go})" build_kubernetes
part kwok "$kwok_version" build_kwok
part metrics-server "$metrics_server_version" build_metrics_server
part image "$(digest "$bed"/go/hold/main.go "$bed/image.py")" build_image
say "ready in $cache"
