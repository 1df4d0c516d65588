# Sourced by the scripts of the test bed: what is built, in which version, and where it lies.
# shellcheck shell=bash disable=SC2034
bed=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${OPSROOM_BED_CACHE:-$HOME/.cache/opsroom-bed}
bin=$cache/bin

kubernetes_version=v1.34.4
metrics_server_version=v0.9.0
kwok_version=v0.8.0
# The operator's version stands in go/go.mod too. 1.28 goes with Kubernetes 1.34; the in-tree backups go away later.
cnpg_version=v1.28.0
barman_plugin_version=v0.14.0
synapse_version=1.163.2
# As Debian 12 has them; the rest of the version is the latest there.
prometheus_version=2.42
alertmanager_version=0.25
postgres_version=15

export PATH=$PATH:/usr/local/go/bin:/usr/sbin:/sbin
