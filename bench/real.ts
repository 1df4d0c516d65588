/** The same questions on real parts: Synapse, and a cluster of a thousand nodes by kwok with metrics-server. Needs the test bed. */
import { readFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { answerFederation } from "../src/sandbox/federation.ts";
import type { Cluster } from "../test/bed/kubernetes.ts";
import { startKwokCluster } from "../test/bed/kwok.ts";
import { startSynapse, type Synapse } from "../test/bed/synapse.ts";
import { backupLatency, startDatabases } from "./backups.ts";
import { encryptionFigures } from "./encrypted.ts";
import { relayFigures, stormFigures } from "./alerts.ts";
import { statusLatency } from "./status.ts";
import { printTable, type Row } from "./table.ts";
import { openWorld, type WorldOptions } from "./world.ts";

const size = { nodes: 1000, pods: 10_000 };

type Common = Pick<WorldOptions, "homeserverUrl" | "newAccount" | "federation">;

export interface RealParts extends AsyncDisposable {
  readonly synapse: Synapse;
  readonly common: Common;
}

export async function startRealParts(): Promise<RealParts> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "opsroom-bench-real-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const synapse = stack.use(await startSynapse({ dir: join(folder, "synapse"), rateLimits: "raised" }));
  const federation = stack.use(await answerFederation("1.150.0"));
  const opened = stack.move();
  return {
    synapse,
    common: { homeserverUrl: synapse.baseUrl, newAccount: (name) => synapse.registerUser(name), federation: federation.address },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

export interface StartingCluster extends AsyncDisposable {
  readonly ready: Promise<Cluster>;
}

/** Takes two minutes. Disposed of while it starts, it is stopped when it has. */
export function startBigCluster(): StartingCluster {
  const ready = startKwokCluster(size);
  ready.catch(() => undefined);
  return {
    ready,
    [Symbol.asyncDispose]: () =>
      ready.then(
        (cluster) => cluster.stop(),
        () => undefined,
      ),
  };
}

export async function benchBigCluster({ common }: RealParts, cluster: Cluster): Promise<void> {
  await using world = await openWorld({ ...common, ...(await access(cluster.kubeconfigPath)) });
  printTable("!status, 1,000 nodes and 10,000 pods (Synapse; kwok and metrics-server)", await statusLatency(world, 20, 2000, 60));
}

export async function benchReal({ synapse, common }: RealParts): Promise<void> {
  {
    await using cluster = await startKwokCluster({ nodes: 3, pods: 60 });
    await using world = await openWorld({ ...common, ...(await access(cluster.kubeconfigPath)) });
    printTable("!status, 3 nodes and 60 pods (Synapse; kwok and metrics-server)", await statusLatency(world, 200, 300));
    const encrypted = await encryptionFigures({ ...common, ...(await access(cluster.kubeconfigPath)) }, 200);
    printTable("Encryption (Synapse; 3 nodes and 60 pods)", encrypted);
  }
  printTable("Alerts: an Opsroom that only relays (Synapse)", await relayFigures({ ...common, down: synapse.stop, up: synapse.start }));
  await using plane = await startDatabases();
  await using world = await openWorld({ ...common, ...(await access(plane.kubeconfigPath)) });
  printTable("!backup, 200 PostgreSQL clusters with 50 Backups each (Synapse; an API server)", await backupLatency(world, plane));
}

async function access(kubeconfig: string): Promise<{ readonly kubeconfig: string; readonly context: string }> {
  const text = await readFile(kubeconfig, "utf8");
  return { kubeconfig, context: z.object({ "current-context": z.string() }).parse(parse(text))["current-context"] };
}

/** Synapse with its own limit on messages. */
export async function stormOnSynapse(): Promise<readonly Row[]> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "opsroom-bench-storm-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const limited = stack.use(await startSynapse({ dir: join(folder, "synapse"), rateLimits: "default-messages" }));
  return await stormFigures({ homeserverUrl: limited.baseUrl, newAccount: (name) => limited.registerUser(name) });
}
