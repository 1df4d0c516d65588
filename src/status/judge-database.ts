/** Judges the CloudNativePG cluster that a homeserver's databases are in. Pure. */
import { newest, type HomeserverFacts } from "./facts.ts";
import type { HomeserverSpec } from "./homeserver-spec.ts";
import type { DatabaseState, HomeserverProblem } from "./verdicts.ts";

/** CloudNativePG, api/v1/cluster_types.go: `PhaseHealthy`. */
const healthyPhase = "Cluster in healthy state";

export interface JudgedDatabase {
  readonly state: DatabaseState | undefined;
  readonly problems: readonly HomeserverProblem[];
}

export function judgeDatabase({ database }: Pick<HomeserverSpec, "database">, reading: HomeserverFacts["databases"]): JudgedDatabase {
  if (database === undefined || reading === undefined) return { state: undefined, problems: [] };
  const unread: readonly HomeserverProblem[] = reading.ok ? [] : [{ severity: "unknown", kind: "database-unread", error: reading.error }];
  const records = newest(reading)?.value;
  if (records === undefined) return { state: undefined, problems: unread };
  const found = records.find((each) => each.namespace === database.cnpg.namespace && each.name === database.cnpg.cluster);
  if (found === undefined) return { state: undefined, problems: [...unread, { severity: "critical", kind: "database-missing" }] };
  const { name, phase, instances: wanted, readyInstances: ready, currentPrimary: primary } = found;
  const state: DatabaseState = { name, phase, ready, wanted, primary };
  const problem = { kind: "database", phase, ready, wanted } as const;
  if (ready === 0) return { state, problems: [{ severity: "critical", ...problem }, ...unread] };
  if (phase === undefined) return { state, problems: [{ severity: "unknown", ...problem }, ...unread] };
  const fewer = ready !== undefined && wanted !== undefined && ready < wanted;
  return { state, problems: phase === healthyPhase && !fewer ? unread : [{ severity: "warning", ...problem }, ...unread] };
}
