/** What a pod is called when people talk about it. */
import type { PodRecord } from "../kubernetes/cluster.ts";
import type { HomeserverPart } from "./homeserver-spec.ts";

/** Programs by the beginning of their label or owner; `monitoring`: one stack that can move together. */
const known: readonly { readonly begins: RegExp; readonly name?: string; readonly monitoring?: true }[] = [
  { begins: /^grafana(?!-alloy)/u, name: "Grafana", monitoring: true },
  { begins: /^(?:grafana-)?alloy/u, name: "Alloy", monitoring: true },
  { begins: /^(?:prometheus-)?node-exporter/u, name: "Node exporter", monitoring: true },
  { begins: /^kube-state-metrics/u, name: "kube-state-metrics", monitoring: true },
  { begins: /^prometheus$|^prometheus-server/u, name: "Prometheus", monitoring: true },
  { begins: /^victoria-?metrics|^vm(?:single|storage|select|insert|agent)/u, name: "VictoriaMetrics", monitoring: true },
  { begins: /^(?:prometheus-)?alertmanager/u, name: "Alertmanager", monitoring: true },
  { begins: /^loki/u, name: "Loki", monitoring: true },
  { begins: /^(?:tempo|mimir|thanos|promtail)/u, monitoring: true },
  { begins: /^traefik/u, name: "Traefik" },
  { begins: /^coredns|^kube-dns/u, name: "CoreDNS" },
  { begins: /^argocd/u, name: "Argo CD" },
  { begins: /^cainjector|^cert-manager/u, name: "cert-manager" },
  { begins: /^livekit/u, name: "LiveKit" },
  { begins: /^postgres/u, name: "PostgreSQL" },
  { begins: /^redis/u, name: "Redis" },
];

const partNames: Readonly<Record<HomeserverPart, string>> = {
  synapse: "Synapse",
  workers: "Synapse worker",
  mas: "MAS",
  postgres: "PostgreSQL",
  masPostgres: "MAS PostgreSQL",
  rtc: "RTC",
  redis: "Redis",
  ingress: "HAProxy",
  elementWeb: "Element Web",
  hookshot: "Hookshot",
};

export function partName(part: HomeserverPart): string {
  return partNames[part];
}

export interface App {
  readonly name: string;
  readonly monitoring: boolean;
}

/** What a pod is known by: its usual labels, else what made it, else its own name. */
export function appLabel({ name, labels, owner }: Pick<PodRecord, "name" | "labels" | "owner">): string {
  return labels["app.kubernetes.io/name"] ?? labels["app"] ?? labels["k8s-app"] ?? owner?.replace(/^[^/]*\//u, "") ?? name;
}

export function appOf(label: string): App {
  const found = known.find((each) => each.begins.test(label));
  return { name: found?.name ?? label, monitoring: found?.monitoring === true };
}

/**
 * What people call each node: clouds put the tellable part last (`cl1a2b3c4d5e6f7-uzig`), so a long name is shown by its last part where that
 * tells it from all others; else whole.
 */
export function shortNodeNames(names: readonly string[]): ReadonlyMap<string, string> {
  const endings = names.map((name) => (name.length > 16 ? (name.split("-").at(-1) ?? name) : name));
  const counts = new Map<string, number>();
  for (const ending of endings) counts.set(ending, (counts.get(ending) ?? 0) + 1);
  return new Map(
    names.map((name, at) => {
      const ending = endings[at] ?? name;
      return [name, /^[a-z]{3}/u.test(ending) && counts.get(ending) === 1 ? ending : name];
    }),
  );
}
