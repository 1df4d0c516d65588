/** One node or one homeserver: 12 lines for the room, every pod in the thread. Pure. */
import type { View } from "../../chat/command.ts";
import type { Line, Reply } from "../../chat/line.ts";
import { age } from "../../chat/render/units.ts";
import type { Competition, Gap, HomeserverVerdict, NodeVerdict } from "../verdicts.ts";
import { consumerRow, databaseLines, partRows, podLines, synapseText, useLines } from "./blocks.ts";
import { emojiOf } from "./marks.ts";
import { gapLines } from "./notes.ts";
import { competitionText, homeserverProblemText, nodeProblemText } from "./problem-text.ts";

const roomLines = 12;
const threadLines = 150;
const mostGaps = 2;

export interface NodeDetail {
  readonly node: NodeVerdict;
  readonly competition: Competition | undefined;
  readonly gaps: readonly Gap[];
}

export function renderNode({ node, competition, gaps }: NodeDetail, view: View): Reply {
  const [first, ...rest] = node.problems;
  const headline = first === undefined ? `${node.shortName} is well` : nodeProblemText(node, first, view);
  const top: readonly Line[] = [
    { text: `${emojiOf(node.severity)} ${headline}`, strong: true },
    ...rest.slice(0, 3).map((problem): Line => ({ text: nodeProblemText(node, problem, view) })),
    ...(competition === undefined ? [] : [{ text: competitionText(competition) }]),
    ...gapLines(gaps, mostGaps, view),
    ...useLines(node),
  ];
  const where = `${node.name} in ${node.cluster}, ${node.consumers.length} pods, ${figures(node.figuresAt, view)}`;
  return withThread(top, node.consumers.map(consumerRow), { text: where });
}

export interface HomeserverDetail {
  readonly homeserver: HomeserverVerdict;
  readonly gaps: readonly Gap[];
}

export function renderHomeserver({ homeserver, gaps }: HomeserverDetail, view: View): Reply {
  const { spec, severity, problems, pods, figuresAt } = homeserver;
  const [first, ...rest] = problems;
  const state = first === undefined ? "is well" : homeserverProblemText(first, view);
  const top: readonly Line[] = [
    { text: `${emojiOf(severity)} ${spec.name}${first === undefined ? " " : ": "}${state}`, strong: true },
    ...rest.slice(0, 2).map((problem): Line => ({ text: homeserverProblemText(problem, view) })),
    ...gapLines(gaps, 1, view),
    { text: synapseText(homeserver) },
    ...databaseLines(homeserver),
  ];
  const bottom: Line = { text: `${spec.serverName}, namespace ${spec.namespace}, ${figures(figuresAt, view)}` };
  const parts = partRows(pods);
  const thread = [...rest.slice(2).map((problem): Line => ({ text: homeserverProblemText(problem, view) })), ...pods.flatMap((pod) => podLines(pod, view))];
  const { room } = withThread(top, parts, bottom);
  return { room, ...(thread.length === 0 ? {} : { thread: bounded(thread, threadLines) }) };
}

/** As many rows as the room has lines for; all of them in the thread when that is not all. */
function withThread(top: readonly Line[], rows: readonly Line[], bottom: Line): Reply {
  const most = roomLines - top.length - 1;
  if (rows.length <= most) return { room: [...top, ...rows, bottom] };
  return { room: [...top, ...bounded(rows, most), bottom], thread: bounded(rows, threadLines) };
}

function bounded(lines: readonly Line[], most: number): readonly Line[] {
  return lines.length <= most ? lines : [...lines.slice(0, most - 1), { columns: [`… ${lines.length - most + 1} more`] }];
}

function figures(at: number | undefined, view: View): string {
  return at === undefined ? "no figures" : `figures ${age(at, view)}`;
}
