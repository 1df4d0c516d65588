/** Configuration files of the real cluster's node, by name. JSON is YAML. */
import { join } from "node:path";

export const nodeName = "node1";
export const nodeAddress = "172.31.77.10";
/** Where pods reach servers of this machine; there while the cluster is. */
export const hostAddress = "172.31.77.1";
export const imageName = "localhost/opsroom-bed:1";
const podNetwork = "10.244.0.0/24";

/** Files by path relative to `dir`, which is where they and all state of the node lie. */
export function nodeConfig(dir: string): Readonly<Record<string, string>> {
  return {
    "containerd.toml": containerd(dir),
    "cni/10-bridge.conflist": JSON.stringify(podInterfaces(dir)),
    "kubelet.json": JSON.stringify(kubelet(dir)),
    "proxy.json": JSON.stringify(proxy(dir)),
    "resolv.conf": "nameserver 127.0.0.1\n",
  };
}

/** `restrict_oom_score_adj`: without it runc cannot start a pod where root lacks CAP_SYS_RESOURCE. */
const containerd = (dir: string): string => `version = 2
root = "${join(dir, "containerd")}"
state = "${join(dir, "containerd-state")}"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.tracing.processor.v1.otlp"]
[grpc]
  address = "${join(dir, "containerd.sock")}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${imageName}"
  restrict_oom_score_adj = true
  stream_server_address = "127.0.0.1"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${join(dir, "cni")}"
`;

const podInterfaces = (dir: string): object => ({
  cniVersion: "0.4.0",
  name: "bed",
  plugins: [
    {
      type: "bridge",
      bridge: "cni0",
      isGateway: true,
      hairpinMode: true,
      ipam: { type: "host-local", dataDir: join(dir, "cni-addresses"), ranges: [[{ subnet: podNetwork }]], routes: [{ dst: "0.0.0.0/0" }] },
    },
    { type: "loopback" },
  ],
});

/** `failCgroupV1`: kubelet 1.34 accepts cgroup version 1 when told so. The short lease goes with the 16 s after which the node counts as gone. */
const kubelet = (dir: string): object => ({
  apiVersion: "kubelet.config.k8s.io/v1beta1",
  kind: "KubeletConfiguration",
  containerRuntimeEndpoint: `unix://${join(dir, "containerd.sock")}`,
  cgroupDriver: "cgroupfs",
  cgroupRoot: "/opsroom-bed",
  failCgroupV1: false,
  failSwapOn: false,
  makeIPTablesUtilChains: false,
  address: nodeAddress,
  tlsCertFile: join(dir, "pki/kubelet-server.crt"),
  tlsPrivateKeyFile: join(dir, "pki/kubelet-server.key"),
  authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: join(dir, "pki/ca.crt") } },
  authorization: { mode: "Webhook" },
  // Nothing answers there unless a test starts it.
  clusterDNS: [nodeAddress],
  clusterDomain: "cluster.local",
  resolvConf: join(dir, "resolv.conf"),
  imageGCHighThresholdPercent: 100,
  imageGCLowThresholdPercent: 99,
  evictionHard: { "memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%" },
  podLogsDir: join(dir, "pod-logs"),
  volumePluginDir: join(dir, "volume-plugins"),
  nodeStatusUpdateFrequency: "2s",
  nodeLeaseDurationSeconds: 8,
  syncFrequency: "10s",
});

const proxy = (dir: string): object => ({
  apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
  kind: "KubeProxyConfiguration",
  clientConnection: { kubeconfig: join(dir, "pki/proxy.kubeconfig") },
  mode: "nftables",
  clusterCIDR: podNetwork,
  bindAddress: nodeAddress,
  conntrack: { maxPerCore: 0 },
});
