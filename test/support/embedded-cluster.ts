/** An embedded cluster and Opsroom's client for it, in a folder of their own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/clock.ts";
import type { Cluster } from "../../src/kubernetes/cluster.ts";
import type { ObjectAccess } from "../../src/kubernetes/objects.ts";
import { openCluster, type ClusterNeeds, type ClusterOptions } from "../../src/kubernetes/open.ts";
import { startEmbeddedCluster, type ClusterOptions as EmbeddedOptions, type EmbeddedCluster } from "../../src/sandbox/cluster/cluster.ts";
import { planFleet } from "../../src/sandbox/cluster/plan.ts";

export interface ClusterBed extends AsyncDisposable {
  readonly api: EmbeddedCluster;
  readonly cluster: Cluster & ObjectAccess;
  /** `kubernetes forbidden`: what was counted. */
  readonly failures: readonly string[];
  readonly folder: string;
  readonly open: (options?: Partial<ClusterOptions>) => Promise<Cluster & ObjectAccess>;
}

export async function clusterBed(embedded: Partial<EmbeddedOptions> = {}, clock: ClusterNeeds["clock"] = systemClock): Promise<ClusterBed> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "opsroom-cluster-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const api = stack.use(await startEmbeddedCluster({ fleet: planFleet, folder, ...embedded }));
  const failures: string[] = [];
  const metrics = { apiFailure: (of: string, kind: string) => void failures.push(`${of} ${kind}`) };
  const opened = (options: Partial<ClusterOptions> = {}) =>
    openCluster({ name: api.name, access: { kind: "kubeconfig", file: api.kubeconfig, context: undefined }, ...options }, { clock, random: () => 0, metrics });
  const cluster = stack.use(await opened());
  const releases = stack.move();
  return {
    api,
    cluster,
    failures,
    folder,
    open: async (options) => releases.use(await opened(options)),
    [Symbol.asyncDispose]: async () => releases.disposeAsync(),
  };
}
