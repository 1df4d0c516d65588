/** A cluster's API inside this process, for the sandbox and the tests: what Opsroom asks, answered as a Kubernetes API does. */
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { systemClock, type Clock } from "../../clock.ts";
import type { CnpgTimes } from "./cnpg/needs.ts";
import { selfSigned, type Certificate } from "./certificate.ts";
import { clusterFaults, type ClusterFaults } from "./faults.ts";
import type { Fleet } from "./fleet.ts";
import { siteOf } from "./site.ts";
import { createWorld, type World } from "./world.ts";
import { listenOnLoopback } from "../loopback.ts";

export interface EmbeddedCluster extends AsyncDisposable {
  readonly name: string;
  /** Path of a kubeconfig whose only context has the cluster's name. */
  readonly kubeconfig: string;
  /** `https://127.0.0.1:PORT`; the same over {@link down} and {@link up}. */
  readonly server: string;
  /** The certificate to trust, PEM. */
  readonly ca: string;
  readonly token: string;
  readonly world: World;
  readonly faults: ClusterFaults;
  /** The API goes away and comes back on the same port. */
  readonly down: () => Promise<void>;
  readonly up: () => Promise<void>;
  /** Every kind of question asked so far: `list pods.`, `create pods/exec.` or `list nodes.metrics.k8s.io`. */
  readonly asked: () => ReadonlySet<string>;
  /** How many requests there were. */
  readonly requests: () => number;
  /** From now on only this bearer token is accepted; the kubeconfig still has the first. */
  readonly changeToken: (token: string) => void;
}

export interface ClusterOptions {
  readonly fleet: Fleet;
  /** Where its kubeconfig is written. */
  readonly folder: string;
  readonly clock?: Clock;
  /** How long things take for CloudNativePG; the usual by default. */
  readonly times?: CnpgTimes;
  /** Instead of a valid one. */
  readonly certificate?: Certificate;
}

const dayMs = 86_400_000;

/** Listens on 127.0.0.1 until disposed. */
export async function startEmbeddedCluster({
  fleet,
  folder,
  clock = systemClock,
  times,
  certificate = validCertificate(),
}: ClusterOptions): Promise<EmbeddedCluster> {
  const firstToken = randomBytes(24).toString("base64url");
  let token = firstToken;
  let requests = 0;
  const world = createWorld(fleet, clock, times);
  const faults = clusterFaults();
  const asked = new Set<string>();
  const site = siteOf({ token: () => token, world, faults, clock, asked: (what) => asked.add(what) });
  const server = createServer(certificate, (request, response) => {
    requests += 1;
    site.respond(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  /** A connection that became a WebSocket is no longer among the server's. */
  const upgraded = new Set<Duplex>();
  server.on("upgrade", (request, socket, head) => {
    requests += 1;
    upgraded.add(socket);
    socket.on("close", () => upgraded.delete(socket));
    site.upgrade(request, socket, head).catch((error: unknown) => socket.destroy(error instanceof Error ? error : undefined));
  });
  const port = await listenOnLoopback(server, 0);
  const address = `https://127.0.0.1:${port}`;
  const kubeconfig = join(folder, `kubeconfig-${fleet.name}.yaml`);
  await writeFile(kubeconfig, kubeconfigOf(fleet.name, address, certificate.cert, firstToken), { mode: 0o600 });
  const down = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    for (const socket of upgraded) socket.destroy();
    await closed;
  };
  return {
    name: fleet.name,
    kubeconfig,
    server: address,
    ca: certificate.cert,
    token: firstToken,
    world,
    faults,
    asked: () => asked,
    requests: () => requests,
    changeToken: (next) => {
      token = next;
    },
    down,
    up: async () => {
      if (!server.listening) await listenOnLoopback(server, port);
    },
    [Symbol.asyncDispose]: down,
  };
}

/** TLS looks at the machine's own time, whatever the cluster's clock says. */
function validCertificate(): Certificate {
  return selfSigned({ notBefore: new Date(Date.now() - dayMs), notAfter: new Date(Date.now() + 365 * dayMs) });
}

function kubeconfigOf(name: string, server: string, ca: string, token: string): string {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server, "certificate-authority-data": Buffer.from(ca).toString("base64") } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
