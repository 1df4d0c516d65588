#!/bin/bash
# pki.sh DIR SERVER-URL IP: every certificate and kubeconfig of one control plane, with openssl alone.
# Certificates last a day: a cluster of the test bed is thrown away when it stops.
set -euo pipefail
dir=$1 url=$2 ip=$3
mkdir -p "$dir"
cd "$dir"

for authority in ca front-ca; do
  openssl ecparam -name prime256v1 -genkey -noout -out $authority.key
  openssl req -x509 -new -key $authority.key -subj "/CN=opsroom-bed-$authority" -days 1 -out $authority.crt \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign,digitalSignature
done
openssl ecparam -name prime256v1 -genkey -noout -out service-accounts.key
openssl ec -in service-accounts.key -pubout -out service-accounts.pub 2>/dev/null

# issue NAME SUBJECT AUTHORITY USAGE [ALTERNATIVE-NAMES]
issue() {
  openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
  { echo keyUsage=critical,digitalSignature; echo "extendedKeyUsage=$4"; [ -z "${5:-}" ] || echo "subjectAltName=$5"; } > "$1.ext"
  openssl req -new -key "$1.key" -subj "$2" |
    openssl x509 -req -CA "$3.crt" -CAkey "$3.key" -CAcreateserial -days 1 -extfile "$1.ext" -out "$1.crt" 2>/dev/null
}
issue apiserver /CN=kube-apiserver ca serverAuth \
  "DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:localhost,IP:127.0.0.1,IP:10.96.0.1,IP:$ip"
issue kubelet-server /CN=node1 ca serverAuth "DNS:node1,DNS:localhost,IP:127.0.0.1,IP:$ip"
issue kubelet-client /O=system:masters/CN=kube-apiserver-kubelet-client ca clientAuth
issue front-proxy /CN=front-proxy-client front-ca clientAuth
issue admin /O=system:masters/CN=admin ca clientAuth
issue kubelet /O=system:nodes/CN=system:node:node1 ca clientAuth
issue controller-manager /CN=system:kube-controller-manager ca clientAuth
issue scheduler /CN=system:kube-scheduler ca clientAuth
issue proxy /CN=system:kube-proxy ca clientAuth

for user in admin kubelet controller-manager scheduler proxy; do
  cat > $user.kubeconfig <<Y
apiVersion: v1
kind: Config
clusters: [{name: bed, cluster: {server: "$url", certificate-authority-data: $(base64 -w0 ca.crt)}}]
users: [{name: $user, user: {client-certificate-data: $(base64 -w0 $user.crt), client-key-data: $(base64 -w0 $user.key)}}]
contexts: [{name: bed, context: {cluster: bed, user: $user}}]
current-context: bed
Y
done
