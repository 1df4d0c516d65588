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

packages="containerd runc containernetworking-plugins nftables iptables conntrack iproute2 util-linux procps openssl busybox-static mmdebstrap python3-venv libpq-dev gcc"
install_packages() {
  apt-get update -qq
  # The services that the packages bring are not wanted on the host.
  # shellcheck disable=SC2086
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 $packages >/dev/null
}

# One module for Kubernetes, etcd, CloudNativePG's operator, DNS and S3, so that the commands share compiled packages.
build_kubernetes() {
  local minor=${kubernetes_version#v1.}
  local variables="-X k8s.io/component-base/version.gitVersion=$kubernetes_version -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=${minor%%.*}"
  variables+=" -X github.com/cloudnative-pg/cloudnative-pg/pkg/versions.buildVersion=${cnpg_version#v}"
  (cd "$bed/go" && CGO_ENABLED=0 nice go build -trimpath -ldflags "-s -w $variables" -o "$bin/" ./hold ./dns ./s3 tool)
  mv "$bin/server" "$bin/etcd"
  mv "$bin/manager" "$bin/cnpg-operator"
  mkdir -p "$cache/cnpg"
  install -m644 "$(cd "$bed/go" && go list -m -f '{{.Dir}}' github.com/cloudnative-pg/cloudnative-pg)/releases/cnpg-${cnpg_version#v}.yaml" "$cache/cnpg/operator.yaml"
}

install_go() { GOBIN=$bin CGO_ENABLED=0 nice go install -trimpath -ldflags "-s -w" "$1"; }
module_folder() { GOFLAGS=-mod=mod go mod download -json "$1" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p'; }
build_metrics_server() { install_go "sigs.k8s.io/metrics-server/cmd/metrics-server@$metrics_server_version"; }
# kwok does nothing by itself: how its nodes and pods live stands in files that its module brings along.
build_kwok() {
  install_go "sigs.k8s.io/kwok/cmd/kwok@$kwok_version"
  local module
  module=$(module_folder "sigs.k8s.io/kwok@$kwok_version")
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
  python3 "$bed/image.py" "$cache/images/bed.tar" "localhost/opsroom-bed:1=$root=/hold"
}

# One program that is the plugin beside the operator as well as its sidecar in a PostgreSQL pod.
build_barman_plugin() {
  local module=github.com/cloudnative-pg/plugin-barman-cloud
  (bin=$cache/cnpg/built; install_go "$module/cmd/manager@$barman_plugin_version")
  mv "$cache/cnpg/built/manager" "$bin/barman-plugin"
  install -m644 "$(module_folder "$module@$barman_plugin_version")/manifest.yaml" "$cache/cnpg/plugin.yaml"
}

# PostgreSQL with Barman, half as large as the packages make it: what a database in a test never opens goes, since
# every start of a cluster unpacks the image anew.
make_postgres_root() {
  local root=$cache/images/postgres packages=python3,python3-psycopg2,ca-certificates
  rm -rf "$root"
  nice mmdebstrap --quiet --variant=essential --format=directory --include="postgresql-$postgres_version,$packages" \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --essential-hook='mkdir -p "$1/etc/postgresql-common"; echo "create_main_cluster = false" > "$1/etc/postgresql-common/createcluster.conf"' \
    bookworm "$root" < /dev/null
  # CloudNativePG runs it as user 26, and PostgreSQL asks for that user's name.
  sed -i -E 's/^postgres:x:[0-9]+:/postgres:x:26:/' "$root/etc/passwd"
  local program
  for program in "$root/usr/lib/postgresql/$postgres_version/bin"/*; do
    ln -sf "../lib/postgresql/$postgres_version/bin/${program##*/}" "$root/usr/bin/${program##*/}"
  done
  local libraries=$root/usr/lib/python3/dist-packages
  "$cache/synapse/bin/pip" install -q --disable-pip-version-check --no-deps --no-compile --only-binary=:all: --python-version 3.11 \
    --target "$libraries" -r "$bed/barman-requirements.txt"
  for program in "$libraries/bin"/barman-cloud-*; do
    sed '1s,.*,#!/usr/bin/python3,' "$program" > "$root/usr/bin/${program##*/}"
    chmod 755 "$root/usr/bin/${program##*/}"
  done
  # The descriptions of three hundred services of Amazon, of which Barman asks one.
  find "$libraries/botocore/data" -mindepth 1 -maxdepth 1 -type d ! -name 's3*' ! -name 'sts' -exec rm -rf {} +
  "$cache/synapse/bin/python" -m compileall -q -s "$root" "$libraries" > /dev/null || true
  rm -rf "$root"/usr/lib/x86_64-linux-gnu/{libLLVM*,libz3*,perl,gconv} "$root/usr/lib/postgresql/$postgres_version/lib"/{bitcode,llvmjit*} \
    "$root"/usr/share/{perl,i18n} "$root"/var/lib/{apt,dpkg} "$root"/var/cache "$root"/dev/*
}

build_postgres_image() {
  local layers=$cache/images/layers
  rm -rf "$layers"; mkdir -p "$layers"/{operator/tmp,plugin/tmp}; chmod 1777 "$layers"/*/tmp
  install -D -m755 "$bin/cnpg-operator" "$layers/operator/operator/manager_amd64"
  ln -s operator/manager_amd64 "$layers/operator/manager"
  install -m755 "$bin/barman-plugin" "$layers/plugin/manager"
  local root=$cache/images/postgres
  python3 "$bed/image.py" "$cache/images/postgres.tar" \
    "localhost/postgresql:$postgres_version=$root=" \
    "localhost/cloudnative-pg:${cnpg_version#v}=$layers/operator=/manager" \
    "localhost/plugin-barman-cloud:${barman_plugin_version#v}=$layers/plugin=/manager" \
    "localhost/plugin-barman-cloud-sidecar:${barman_plugin_version#v}=$root,$layers/plugin=/manager"
  rm -rf "$layers"
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
part kubernetes "$kubernetes_version $(digest "$bed"/go/{go.mod,go.sum} "$bed"/go/*/*.go)" build_kubernetes
part barman-plugin "$barman_plugin_version" build_barman_plugin
part kwok "$kwok_version" build_kwok
part metrics-server "$metrics_server_version" build_metrics_server
part image "$(digest "$bed"/go/hold/main.go "$bed/image.py")" build_image
part postgres-root "$postgres_version $(digest "$bed/barman-requirements.txt") 1" make_postgres_root
part postgres-image "$(digest "$bin"/{cnpg-operator,barman-plugin} "$bed/image.py" "$cache/stamps/postgres-root")" build_postgres_image
say "ready in $cache"
