/** The clusters and homeservers of the configuration, opened; and opened anew when it changes. */
import type { Clock } from "../clock.ts";
import type { Config } from "../config/schema/root.ts";
import { readSecret } from "../config/secrets.ts";
import type { StatusNeeds } from "../handlers/status.ts";
import type { ObjectAccess } from "../kubernetes/objects.ts";
import type { ClusterOptions } from "../kubernetes/open.ts";
import type { Log } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";
import { openGatherer, type Gatherer } from "../status/gather.ts";
import type { HomeserverSpec } from "../status/homeserver-spec.ts";
import type { StatusThresholds } from "../status/thresholds.ts";
import { fetchJson } from "./fetch-json.ts";

export interface FleetNeeds {
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly messaging: StatusNeeds["messaging"];
}

export interface Fleet extends AsyncDisposable {
  /** Follows the configuration: reads what is in force at each question. */
  readonly statusNeeds: StatusNeeds;
  /** Those of the moment, by their names. */
  readonly clusters: () => ReadonlyMap<string, ObjectAccess>;
  readonly reconfigure: (config: Config) => Promise<void>;
}

interface Opened extends AsyncDisposable {
  readonly clusters: ReadonlyMap<string, ObjectAccess>;
  readonly gatherer: Gatherer;
  readonly homeservers: readonly HomeserverSpec[];
  readonly thresholds: StatusThresholds;
}

/** @throws OpsroomError when a cluster's credentials cannot be read */
export async function openFleet(config: Config, needs: FleetNeeds): Promise<Fleet> {
  let current = await open(config, needs);
  return {
    statusNeeds: {
      gather: (signal, only) => current.gatherer.gather(signal, only),
      get homeservers() {
        return current.homeservers;
      },
      get thresholds() {
        return current.thresholds;
      },
      now: needs.clock.now,
      messaging: needs.messaging,
    },
    clusters: () => current.clusters,
    reconfigure: async (next) => {
      const before = current;
      current = await open(next, needs);
      await before[Symbol.asyncDispose]();
    },
    [Symbol.asyncDispose]: async () => current[Symbol.asyncDispose](),
  };
}

async function open(config: Config, { clock, random, metrics, log, env }: Omit<FleetNeeds, "messaging">): Promise<Opened> {
  await using stack = new AsyncDisposableStack();
  const opening = config.clusters.map(async (cluster) => {
    // Loaded only where there is a cluster: whoever has Opsroom tell alerts and nothing else does not pay for it.
    const { openCluster } = await import("../kubernetes/open.ts");
    return stack.use(await openCluster(clusterOptions(config, cluster, { env, log }), { clock, random, metrics }));
  });
  const clusters = await Promise.all(opening);
  const gatherer = stack.use(openGatherer({ clusters, homeservers: config.homeservers, fetchJson, clock, patience: config.deadlines }));
  const releases = stack.move();
  const byName = new Map(clusters.map((cluster) => [cluster.name, cluster]));
  return {
    clusters: byName,
    gatherer,
    homeservers: config.homeservers,
    thresholds: config.thresholds,
    [Symbol.asyncDispose]: async () => releases.disposeAsync(),
  };
}

function clusterOptions(
  config: Config,
  { name, access, prometheus }: Config["clusters"][number],
  { env, log }: Pick<FleetNeeds, "env" | "log">,
): ClusterOptions {
  const token = prometheus?.token;
  const source = { env, warn: (warning: string) => log.warn(warning) };
  return {
    name,
    access,
    deadlineMs: config.deadlines.firstMs,
    ...(prometheus === undefined
      ? {}
      : { prometheus: { url: prometheus.url, ...(token === undefined ? {} : { readToken: () => readSecret(token, source) }) } }),
  };
}
