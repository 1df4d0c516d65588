/** From facts to a picture of the fleet, worst first. Pure. */
import { shortNodeNames } from "./app-names.ts";
import { viewCluster, type ClusterView } from "./cluster-view.ts";
import { findCompetition } from "./competition.ts";
import { newest, type Reading, type StatusFacts } from "./facts.ts";
import { judgeHomeserver } from "./judge-homeserver.ts";
import { judgeNode } from "./judge-node.ts";
import { urgency } from "./severity.ts";
import type { StatusThresholds } from "./thresholds.ts";
import type { Gap, HomeserverVerdict, NodeVerdict, Picture } from "./verdicts.ts";

/** `now`: milliseconds since 1970. */
export function judge(facts: StatusFacts, thresholds: StatusThresholds, now: number): Picture {
  const specs = facts.homeservers.map((each) => each.spec);
  const views = facts.clusters.map((cluster) =>
    viewCluster(
      cluster,
      specs.filter((spec) => spec.cluster === cluster.name),
    ),
  );
  const shortNames = shortNodeNames(views.flatMap((view) => (newest(view.facts.nodes)?.value ?? []).map((node) => node.name)));
  const nodes = views.flatMap((view) => judgeNodes(view, shortNames, thresholds, now)).toSorted(byNode);
  const byName = new Map(nodes.map((node) => [`${node.cluster}/${node.name}`, node]));
  const homeservers = facts.homeservers
    .map((each) =>
      judgeHomeserver(
        each,
        { view: views.find((view) => view.facts.name === each.spec.cluster), nodeOf: (name) => byName.get(`${each.spec.cluster}/${name}`) },
        thresholds,
        now,
      ),
    )
    .toSorted(byHomeserver);
  return {
    nodes,
    homeservers,
    gaps: gapsIn(facts),
    competitions: findCompetition(nodes, homeservers, thresholds),
    figuresAt: [...nodes, ...homeservers].reduce<number | undefined>(
      (oldest, { figuresAt }) => (figuresAt === undefined ? oldest : Math.min(oldest ?? figuresAt, figuresAt)),
      undefined,
    ),
  };
}

function judgeNodes(view: ClusterView, shortNames: ReadonlyMap<string, string>, thresholds: StatusThresholds, now: number): readonly NodeVerdict[] {
  const { facts } = view;
  const read = newest(facts.nodes);
  if (read === undefined) return [];
  const measured = newest(facts.nodeUsage);
  const usage = new Map((measured?.value ?? []).map((record) => [record.node, record]));
  return read.value.map((node) => {
    const record = usage.get(node.name);
    return judgeNode(
      {
        cluster: facts.name,
        node,
        shortName: shortNames.get(node.name) ?? node.name,
        readAt: read.at,
        usage: record === undefined || measured === undefined ? undefined : { record, at: record.at ?? measured.at },
        consumers: view.consumersOf(node.name),
      },
      thresholds,
      now,
    );
  });
}

/** Worst first; among equals the fullest, then by name, so that two answers read alike. */
function byNode(a: NodeVerdict, b: NodeVerdict): number {
  return (
    urgency(a.severity) - urgency(b.severity) ||
    (b.memory.share ?? -1) - (a.memory.share ?? -1) ||
    compare(a.shortName, b.shortName) ||
    compare(a.cluster, b.cluster)
  );
}

function byHomeserver(a: HomeserverVerdict, b: HomeserverVerdict): number {
  return urgency(a.severity) - urgency(b.severity) || (b.memory ?? -1) - (a.memory ?? -1) || compare(a.spec.name, b.spec.name);
}

/** By code units: cheaper than `localeCompare`, and the same everywhere. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The sources that failed, each once: homeservers of one namespace share theirs. A homeserver that does not answer is a verdict, not a gap. */
function gapsIn({ clusters, homeservers }: StatusFacts): readonly Gap[] {
  const gaps = new Map<string, Gap>();
  const add = (reading: Reading<unknown> | undefined, blind = false): void => {
    if (reading === undefined || reading.ok) return;
    const { source, error, lastKnown } = reading;
    gaps.set(source, { source, error, shownAt: lastKnown?.at, blind: blind && lastKnown === undefined });
  };
  for (const { nodes, pods, nodeUsage, podUsage } of clusters) {
    add(nodes, true);
    add(pods);
    add(nodeUsage);
    add(podUsage);
  }
  for (const { workloads, databases } of homeservers) {
    add(workloads);
    add(databases);
  }
  return [...gaps.values()];
}
