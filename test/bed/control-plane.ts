/** etcd, kube-apiserver and kube-controller-manager: the part that the real cluster and the kwok cluster have in common. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { bedDir, built } from "./paths.ts";
import { flags, run, startProcess, waitFor, type OwnedProcess } from "./process.ts";

export interface ControlPlaneOptions {
  /** Holds certificates, kubeconfigs, data and logs. */
  readonly dir: string;
  /** Where the API server listens; reachable from this process. */
  readonly address: string;
  readonly ports: { readonly api: number; readonly etcd: number; readonly etcdPeer: number; readonly controllers: number };
  /** A node counts as gone when it has given no sign for so long. */
  readonly nodeGraceSeconds: number;
  /** A command that runs the rest of its arguments where the control plane shall live, say in another network namespace. */
  readonly enter?: readonly string[];
}

export interface ControlPlane {
  readonly kubeconfigPath: string;
  /** A file of the folder with certificates and kubeconfigs. */
  readonly pki: (file: string) => string;
  readonly kubectl: (args: readonly string[], options?: { readonly stdin?: string }) => Promise<string>;
  /** Starts one more component beside it, which `stop` stops too. */
  readonly startComponent: (name: string, args: readonly string[]) => OwnedProcess;
  readonly stopApiServer: () => Promise<void>;
  /** Resolves when it is ready. */
  readonly startApiServer: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Starts with empty data. @throws with the tails of the logs when it does not become ready. */
export async function startControlPlane({ dir, address, ports, nodeGraceSeconds, enter = [] }: ControlPlaneOptions): Promise<ControlPlane> {
  const pki = (file: string): string => join(dir, "pki", file);
  mkdirSync(dir, { recursive: true });
  await run("bash", [join(bedDir, "pki.sh"), join(dir, "pki"), `https://${address}:${ports.api}`, address]);

  const processes: OwnedProcess[] = [];
  const startComponent = (name: string, args: readonly string[]): OwnedProcess => {
    const [file = "", ...rest] = [...enter, built("bin", name), ...args];
    const process = startProcess({ name, command: [file, ...rest], logFile: join(dir, `${name}.log`), env: { HOME: dir } });
    processes.push(process);
    return process;
  };
  const stop = async (): Promise<void> => {
    await Promise.all(processes.map(async (each) => each.stop("SIGKILL")));
  };
  const kubectl: ControlPlane["kubectl"] = async (args, options = {}) =>
    run(built("bin", "kubectl"), ["--kubeconfig", pki("admin.kubeconfig"), ...args], options);

  let apiServer: OwnedProcess | undefined;
  const startApiServer = async (): Promise<void> => {
    if (apiServer?.running()) return;
    const started = startComponent("kube-apiserver", apiServerFlags(pki, address, ports));
    apiServer = started;
    await waitFor("kube-apiserver is ready", 60_000, [started, etcd], async () => kubectl(["get", "--raw", "/readyz"]));
  };
  const etcdUrl = `http://127.0.0.1:${ports.etcd}`;
  const peerUrl = `http://127.0.0.1:${ports.etcdPeer}`;
  const etcd = startComponent(
    "etcd",
    flags({
      name: "bed",
      "data-dir": join(dir, "etcd"),
      "unsafe-no-fsync": true,
      "quota-backend-bytes": 2 ** 31,
      "listen-client-urls": etcdUrl,
      "advertise-client-urls": etcdUrl,
      "listen-peer-urls": peerUrl,
      "initial-advertise-peer-urls": peerUrl,
      "initial-cluster": `bed=${peerUrl}`,
    }),
  );
  try {
    await startApiServer();
    startComponent("kube-controller-manager", controllerFlags(pki, ports.controllers, nodeGraceSeconds));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    kubeconfigPath: pki("admin.kubeconfig"),
    pki,
    kubectl,
    startComponent,
    startApiServer,
    stopApiServer: async () => apiServer?.stop("SIGKILL"),
    stop,
  };
}

function apiServerFlags(pki: ControlPlane["pki"], address: string, ports: ControlPlaneOptions["ports"]): readonly string[] {
  return flags({
    "etcd-servers": `http://127.0.0.1:${ports.etcd}`,
    "bind-address": address,
    "secure-port": ports.api,
    // A loopback address is no endpoint that the Service "kubernetes" could have.
    ...(address === "127.0.0.1" ? { "endpoint-reconciler-type": "none" } : { "advertise-address": address }),
    "service-cluster-ip-range": "10.96.0.0/16",
    "authorization-mode": "Node,RBAC",
    "enable-admission-plugins": "NodeRestriction",
    "allow-privileged": true,
    "kubelet-preferred-address-types": "InternalIP",
    "max-requests-inflight": 1600,
    "max-mutating-requests-inflight": 800,
    "client-ca-file": pki("ca.crt"),
    "tls-cert-file": pki("apiserver.crt"),
    "tls-private-key-file": pki("apiserver.key"),
    "kubelet-client-certificate": pki("kubelet-client.crt"),
    "kubelet-client-key": pki("kubelet-client.key"),
    "kubelet-certificate-authority": pki("ca.crt"),
    "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
    "service-account-key-file": pki("service-accounts.pub"),
    "service-account-signing-key-file": pki("service-accounts.key"),
    "requestheader-client-ca-file": pki("front-ca.crt"),
    "requestheader-allowed-names": "front-proxy-client",
    "requestheader-username-headers": "X-Remote-User",
    "requestheader-group-headers": "X-Remote-Group",
    "requestheader-extra-headers-prefix": "X-Remote-Extra-",
    "proxy-client-cert-file": pki("front-proxy.crt"),
    "proxy-client-key-file": pki("front-proxy.key"),
  });
}

function controllerFlags(pki: ControlPlane["pki"], port: number, nodeGraceSeconds: number): readonly string[] {
  return flags({
    ...everyKubeconfig(pki("controller-manager.kubeconfig")),
    "bind-address": "127.0.0.1",
    "secure-port": port,
    "leader-elect": false,
    "use-service-account-credentials": true,
    "node-monitor-grace-period": `${nodeGraceSeconds}s`,
    "node-monitor-period": "2s",
    "service-account-private-key-file": pki("service-accounts.key"),
    "root-ca-file": pki("ca.crt"),
    "cluster-signing-cert-file": pki("ca.crt"),
    "cluster-signing-key-file": pki("ca.key"),
  });
}

/** A component asks the API server for three things, each by a kubeconfig. */
export function everyKubeconfig(file: string): Record<string, string> {
  return { kubeconfig: file, "authentication-kubeconfig": file, "authorization-kubeconfig": file };
}
