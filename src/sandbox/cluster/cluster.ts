/** A cluster's API inside this process, for the sandbox and the tests: the lists that Opsroom reads, answered as a Kubernetes API does. */
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { systemClock, type Clock } from "../../clock.ts";
import { listAnswer, statusAnswer, type Answer } from "./answer.ts";
import { clusterFaults, type ClusterFaults, type FaultState } from "./faults.ts";
import type { Fleet } from "./fleet.ts";
import { createWorld, type World } from "./world.ts";

export interface EmbeddedCluster extends AsyncDisposable {
  readonly name: string;
  /** Path of a kubeconfig whose only context has the cluster's name. */
  readonly kubeconfig: string;
  readonly world: World;
  readonly faults: ClusterFaults;
  /** The API goes away and comes back on the same port. */
  readonly down: () => Promise<void>;
  readonly up: () => Promise<void>;
  /** Every kind of question asked so far: `list pods.` or `list nodes.metrics.k8s.io`. */
  readonly asked: () => ReadonlySet<string>;
}

export interface ClusterOptions {
  readonly fleet: Fleet;
  /** Where its kubeconfig is written. */
  readonly folder: string;
  readonly clock?: Clock;
}

/** Listens on 127.0.0.1 until disposed. */
export async function startEmbeddedCluster({ fleet, folder, clock = systemClock }: ClusterOptions): Promise<EmbeddedCluster> {
  const token = randomBytes(24).toString("base64url");
  const world = createWorld(fleet, clock);
  const faults = clusterFaults();
  const asked = new Set<string>();
  const server = createServer((request, response) => {
    const send = ({ status, body }: Answer): void => {
      response.writeHead(status, { "content-type": "application/json", ...(status === 429 ? { "retry-after": "1" } : {}) });
      response.end(JSON.stringify(body));
    };
    respond(request, response, { token, world, faults, asked }).then(send, (error: unknown) => send(statusAnswer(500, String(error))));
  });
  const port = await listen(server, 0);
  const kubeconfig = join(folder, `kubeconfig-${fleet.name}.yaml`);
  await writeFile(kubeconfig, kubeconfigOf(fleet.name, `http://127.0.0.1:${port}`, token), { mode: 0o600 });
  const down = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };
  return {
    name: fleet.name,
    kubeconfig,
    world,
    faults,
    asked: () => asked,
    down,
    up: async () => {
      if (!server.listening) await listen(server, port);
    },
    [Symbol.asyncDispose]: down,
  };
}

interface Site {
  readonly token: string;
  readonly world: World;
  readonly faults: FaultState;
  readonly asked: Set<string>;
}

async function respond(request: IncomingMessage, response: ServerResponse, { token, world, faults, asked }: Site): Promise<Answer> {
  if (faults.delayMs() > 0) {
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    await systemClock.sleep(faults.delayMs(), gone.signal).catch(() => undefined);
  }
  if (request.headers.authorization !== `Bearer ${token}`) return statusAnswer(401, "Unauthorized");
  const failure = faults.takeFailure();
  if (failure !== undefined) return statusAnswer(failure, "made to fail");
  const url = new URL(request.url ?? "/", "http://cluster");
  const [, root, rest = ""] = /^\/(api|apis)\/(.*)$/u.exec(url.pathname) ?? [];
  const parts = rest.split("/").map(decodeURIComponent);
  const group = root === "apis" ? (parts.shift() ?? "") : "";
  const version = parts.shift() ?? "";
  const namespace = parts[0] === "namespaces" && parts.length === 3 ? parts[1] : undefined;
  const resource = parts.at(-1) ?? "";
  if (root === undefined || request.method !== "GET") return statusAnswer(404, "the server could not find the requested resource");
  asked.add(`list ${resource}.${group}`);
  if (faults.isForbidden("list", group, resource)) {
    return statusAnswer(
      403,
      `${resource} is forbidden: User "system:serviceaccount:opsroom:opsroom" cannot list resource "${resource}" in API group "${group}" at the cluster scope`,
      { kind: resource, group },
    );
  }
  const all = world.list(group, resource);
  if (all === undefined) return statusAnswer(404, "the server could not find the requested resource");
  const query = (name: string): string | undefined => url.searchParams.get(name) ?? undefined;
  const limit = query("limit");
  return listAnswer(all, {
    apiVersion: group === "" ? version : `${group}/${version}`,
    kind: "List",
    namespace,
    labelSelector: query("labelSelector"),
    limit: limit === undefined ? undefined : Number(limit),
    continue: query("continue"),
  });
}

/** Plain http on loopback: client-node wants to be told that this is meant. */
function kubeconfigOf(name: string, server: string, token: string): string {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the cluster listens on no port");
  return address.port;
}
