/** `!status [NODE|HOMESERVER] [--all]`: what is wrong first, then nodes and homeservers. */
import * as z from "zod";
import { defineCommand } from "../chat/command.ts";
import type { Line } from "../chat/line.ts";
import { nearest } from "../chat/nearest.ts";
import type { StatusFacts } from "../status/facts.ts";
import type { HomeserverSpec } from "../status/homeserver-spec.ts";
import { judge } from "../status/judge.ts";
import { messagingLines, type MessagingFacts } from "../status/messaging.ts";
import type { StatusThresholds } from "../status/thresholds.ts";
import { render, type StatusAnswer } from "./status.render.ts";
import type { Picture } from "../status/verdicts.ts";

/** All that this command may look at. */
export interface StatusNeeds {
  /** Everything, or one cluster with its homeservers. Never throws for a source that fails. */
  readonly gather: (signal: AbortSignal, only?: { readonly cluster: string }) => Promise<StatusFacts>;
  readonly homeservers: readonly HomeserverSpec[];
  readonly thresholds: StatusThresholds;
  readonly now: () => number;
  /** How Opsroom's own messages get through. Never throws; `undefined` when it cannot be told. */
  readonly messaging: () => Promise<MessagingFacts | undefined>;
  /** How Opsroom itself stands with encrypted rooms. @throws MatrixFailure, StoreUnavailable */
  readonly own?: (signal: AbortSignal) => Promise<readonly Line[]>;
}

export const status = defineCommand({
  name: "status",
  summary: "What is wrong first, then nodes and homeservers with their memory",
  examples: ["!status", "!status uzig", "!status t0rt1k", "!status --all", "!status opsroom"],
  role: "viewer",
  args: z.object({
    target: z
      .string()
      .min(1)
      .max(253)
      .optional()
      .describe("a node (CLUSTER/NODE where two clusters have one of that name) or a homeserver; opsroom: who can read me, and whom I can"),
    all: z.boolean().optional().describe("every node and homeserver, in the thread"),
  }),
  positional: ["target"],
  deadlineMs: 15_000,
  run: async ({ target, all }, { gather, homeservers, thresholds, now, messaging, own }: StatusNeeds, { signal }): Promise<StatusAnswer> => {
    if (target !== undefined && same(target, "opsroom") && own !== undefined) {
      const [lines, flow] = await Promise.all([own(signal), messaging()]);
      return { kind: "own", lines: [...lines, ...(flow === undefined ? [] : messagingLines(flow))] };
    }
    const spec = target === undefined ? undefined : homeservers.find((each) => same(each.name, target) || same(each.serverName, target));
    const [facts, flow] = await Promise.all([gather(signal, spec === undefined ? undefined : { cluster: spec.cluster }), messaging()]);
    const picture = judge(facts, thresholds, now());
    if (target === undefined) return { kind: "overview", picture, all: all === true, messaging: flow === undefined ? [] : messagingLines(flow) };
    if (spec !== undefined) return homeserverAnswer(picture, spec);
    return nodeAnswer(picture, target, homeservers);
  },
  render,
});

function homeserverAnswer(picture: Picture, spec: HomeserverSpec): StatusAnswer {
  const homeserver = picture.homeservers.find((each) => each.spec.name === spec.name);
  return homeserver === undefined
    ? { kind: "nobody", typed: spec.name, nearest: undefined, gaps: picture.gaps }
    : { kind: "homeserver", homeserver, gaps: picture.gaps };
}

function nodeAnswer(picture: Picture, typed: string, homeservers: readonly HomeserverSpec[]): StatusAnswer {
  const found = picture.nodes.filter((node) =>
    [node.name, node.shortName, `${node.cluster}/${node.name}`, `${node.cluster}/${node.shortName}`].some((name) => same(name, typed)),
  );
  const [node, other] = found;
  if (node === undefined) {
    const names = [...homeservers.map((each) => each.name), ...picture.nodes.map((each) => each.shortName)];
    return { kind: "nobody", typed, nearest: nearest(typed, names), gaps: picture.gaps };
  }
  if (other !== undefined) return { kind: "several", typed, names: found.map((each) => `${each.cluster}/${each.name}`) };
  return {
    kind: "node",
    node,
    competition: picture.competitions.find((each) => each.cluster === node.cluster && each.node === node.shortName),
    gaps: gapsOf(picture, node.cluster),
  };
}

function gapsOf({ gaps }: Picture, cluster: string): Picture["gaps"] {
  return gaps.filter((gap) => gap.source.startsWith(`${cluster}: `));
}

function same(name: string, typed: string): boolean {
  return name.toLowerCase() === typed.toLowerCase();
}
