/** A node or a homeserver in several lines, for a thread. Pure. */
import type { View } from "../../chat/command.ts";
import type { Line } from "../../chat/line.ts";
import { bar } from "../../chat/render/table.ts";
import { age, bytes, cores, percent, since } from "../../chat/render/units.ts";
import { partName } from "../app-names.ts";
import { homeserverParts, type HomeserverPart } from "../homeserver-spec.ts";
import { sumOf } from "../cluster-view.ts";
import type { Consumer, HomeserverVerdict, NodeVerdict, PartPod, Use } from "../verdicts.ts";
import { homeserverMark, nodeMark } from "./marks.ts";
import { homeserverProblemText, nodeProblemText } from "./problem-text.ts";

/** Figures older than this are shown with their age, each for itself. */
const freshMs = 60_000;

/** `consumers`: how many of its pods are named. */
export function nodeBlock(node: NodeVerdict, consumers: number, view: View): readonly Line[] {
  return [
    { text: `${nodeMark(node)}: ${node.name} (${node.cluster})${oldness(node.figuresAt, view)}`, strong: true },
    ...node.problems.filter((problem) => problem.kind !== "memory").map((problem): Line => ({ text: nodeProblemText(node, problem, view) })),
    ...useLines(node),
    ...node.consumers.slice(0, consumers).map(consumerRow),
  ];
}

/** `Memory █████░ 94 %, 5.1 Gi of 5.4 Gi` and the same of the CPU. */
export function useLines({ memory, cpu }: NodeVerdict): readonly Line[] {
  const said = memory.basis === "measured" ? "Memory" : "Memory asked for by its pods";
  return [
    { text: `${said} ${shareBar(memory)}${percent(memory.share)}, ${bytes(memory.used)} of ${bytes(memory.of)}` },
    { text: `CPU ${shareBar(cpu)}${percent(cpu.share)}, ${cores(cpu.used)} of ${cores(cpu.of)} cores` },
  ];
}

function shareBar(use: Use): string {
  const blocks = use.basis === "measured" ? bar(use.share, 10) : "";
  return blocks === "" ? "" : `${blocks} `;
}

export function consumerRow({ label, memory, memoryLimit, memoryRequest }: Consumer): Line {
  if (memory === undefined) return { columns: [label, "?", memoryRequest === undefined ? "" : `asks ${bytes(memoryRequest)}`] };
  return { columns: [label, bytes(memory), memoryLimit === undefined ? "" : `of ${bytes(memoryLimit)}`] };
}

/** `parts`: with a row a part. */
export function homeserverBlock(homeserver: HomeserverVerdict, view: View): readonly Line[] {
  const { spec, problems, figuresAt } = homeserver;
  return [
    { text: `${homeserverMark(homeserver)}: ${spec.name} (${spec.serverName})${oldness(figuresAt, view)}`, strong: true },
    ...problems.map((problem): Line => ({ text: homeserverProblemText(problem, view) })),
    { text: synapseText(homeserver) },
    ...databaseLines(homeserver),
    ...partRows(homeserver.pods),
  ];
}

/** `Synapse 1.150.0, answers federation as 1.150.0, 1/1 ready, 0 restarts, on uzig in prod` */
export function synapseText({ imageVersion, federation, reachable, replicas, restarts, node, spec }: HomeserverVerdict): string {
  const answers = reachable && federation !== undefined ? `answers federation as ${federation.version}` : "does not answer federation";
  return [
    `Synapse ${imageVersion ?? "of unknown version"}`,
    answers,
    ...(replicas === undefined ? [] : [`${replicas.ready}/${replicas.wanted ?? "?"} ready`]),
    ...(restarts === undefined ? [] : [`${restarts} ${restarts === 1 ? "restart" : "restarts"}`]),
    `on ${node ?? "no node"} in ${spec.cluster}`,
  ].join(", ");
}

export function databaseLines({ database }: HomeserverVerdict): readonly Line[] {
  if (database === undefined) return [];
  const { name, phase, ready, wanted, primary } = database;
  return [{ text: `Database cluster ${name}: ${phase ?? "phase not known"}, ${ready ?? "?"}/${wanted ?? "?"} ready, primary ${primary ?? "not known"}` }];
}

/** One row a part, its pods added up; the restarts only where there were any. */
export function partRows(pods: readonly PartPod[]): readonly Line[] {
  const byPart = Map.groupBy(pods, (pod) => pod.part);
  return homeserverParts.flatMap((part) => {
    const mine = byPart.get(part);
    return mine === undefined ? [] : [partRow(part, mine)];
  });
}

function partRow(part: HomeserverPart, pods: readonly PartPod[]): Line {
  const limits = pods.map((pod) => pod.memoryLimit);
  const known = pods.every((pod) => pod.memory !== undefined);
  const restarts = pods.reduce((sum, pod) => sum + pod.restarts, 0);
  return {
    columns: [
      `${pods.every((pod) => pod.ready) ? "" : "⚠️ "}${partName(part)}${pods.length > 1 ? ` ×${pods.length}` : ""}`,
      known ? bytes(sumOf(pods.map((pod) => pod.memory))) : "?",
      limits.includes(undefined) ? "no limit" : `of ${bytes(sumOf(limits))}`,
      restarts === 0 ? "" : `${restarts}×`,
    ],
  };
}

/** Every pod for itself: where it runs, what it uses, how it last ended. */
export function podLines(pod: PartPod, view: View): readonly Line[] {
  const state = pod.terminating ? "being deleted" : (pod.waitingReason ?? (pod.ready ? "ready" : `not ready (${pod.phase})`));
  const ended = pod.lastTermination;
  const last =
    ended === undefined ? "" : `, last end: ${ended.reason} (${ended.exitCode})${ended.finishedAt === undefined ? "" : ` ${since(ended.finishedAt, view)}`}`;
  return [
    {
      item: [
        { strong: partName(pod.part) },
        ` ${pod.pod} on ${pod.node ?? "no node"}: ${state}, memory ${bytes(pod.memory)} of ${pod.memoryLimit === undefined ? "no limit" : bytes(pod.memoryLimit)}, ` +
          `CPU ${cores(pod.cpu)}, ${pod.restarts} ${pod.restarts === 1 ? "restart" : "restarts"}${last}`,
      ],
    },
  ];
}

function oldness(figuresAt: number | undefined, view: View): string {
  return figuresAt === undefined || view.now - figuresAt <= freshMs ? "" : `, figures ${age(figuresAt, view)}`;
}
