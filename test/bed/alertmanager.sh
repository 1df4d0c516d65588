#!/bin/bash
# alertmanager.sh SHARE PROGRAM ARGUMENTS…: Debian's Alertmanager opens its templates under /usr/share/prometheus, where nothing is
# installed; in a mount namespace of its own it sees a /usr/share that holds them and nothing else.
set -euo pipefail
share=$1
shift
mount -t tmpfs -o size=1m tmpfs /usr/share
mkdir /usr/share/prometheus
cp -r "$share/alertmanager" /usr/share/prometheus/
exec "$@"
