/** Says at once what is missing, before a scenario waits for it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cacheDir } from "./paths.ts";

const made = [
  "bin/kube-apiserver",
  "bin/kubelet",
  "bin/etcd",
  "bin/kwok",
  "bin/metrics-server",
  "kwok/kwok.yaml",
  "images/bed.tar",
  "bin/dns",
  "bin/s3",
  "cnpg/operator.yaml",
  "cnpg/plugin.yaml",
  "images/postgres.tar",
  "synapse/bin/python",
  "prometheus/bin/prometheus",
  "prometheus/bin/prometheus-alertmanager",
];
const packaged = ["/usr/bin/containerd", "/usr/sbin/runc", "/usr/lib/cni/bridge", "/usr/bin/setpriv", "/usr/bin/nsenter"];

/** @throws with everything that the test bed misses on this machine, and what to do. */
export function checkTestBed(): void {
  const missing = [...made.map((file) => join(cacheDir, file)), ...packaged].filter((file) => !existsSync(file));
  const notRoot = process.getuid?.() === 0 ? [] : ["the test bed makes namespaces and cgroups and has to run as root"];
  const problems = [...notRoot, ...missing.map((file) => `${file} is not there`)];
  if (problems.length > 0) throw new Error(["the test bed cannot start; run test/bed/build.sh as root", ...problems].join("\n- "));
}
