/** One row a node or homeserver, and what is said of those that have no row. Pure. */
import type { Line } from "../../chat/line.ts";
import { bar } from "../../chat/render/table.ts";
import { displayWidth, fitMiddle } from "../../chat/render/width.ts";
import { bytes, percent } from "../../chat/render/units.ts";
import { severities, type Severity } from "../severity.ts";
import type { HomeserverVerdict, NodeVerdict } from "../verdicts.ts";
import { homeserverMark, nodeMark } from "./marks.ts";

/** Columns that a name leaves room for a bar with, and that it may have at all. */
const nameBesideBar = 8;
const longestName = 14;

/** `🔴 full uzig 94 % ████░ cpu 19 %`; without the bar where a name needs its place. */
export function nodeRows(nodes: readonly NodeVerdict[]): readonly Line[] {
  const short = nodes.every((node) => displayWidth(node.shortName) <= nameBesideBar);
  return nodes.map((node) => {
    const { memory, cpu } = node;
    const measured = memory.basis === "measured";
    const blocks = short ? [measured ? bar(memory.share, 5) : ""] : [];
    const last = measured || memory.share === undefined ? `cpu ${percent(cpu.share)}` : `asked ${percent(memory.share)}`;
    return { columns: [nodeMark(node), fitMiddle(node.shortName, longestName), measured ? percent(memory.share) : "?", ...blocks, last] };
  });
}

/** `🟢 ok roglog 134 Mi no limit` */
export function homeserverRows(homeservers: readonly HomeserverVerdict[]): readonly Line[] {
  return homeservers.map((homeserver) => {
    const { spec, memory, memoryLimit, memoryShare } = homeserver;
    const limit =
      memoryShare !== undefined ? percent(memoryShare) : memoryLimit !== undefined ? `of ${bytes(memoryLimit)}` : memory === undefined ? "" : "no limit";
    return { columns: [homeserverMark(homeserver), fitMiddle(spec.name, longestName), bytes(memory), limit] };
  });
}

/** As many rows as fit in `most` lines; the rest, which is the better part, is counted. */
export function rowsWithin<T extends { readonly severity: Severity }>(
  all: readonly T[],
  most: number,
  rows: (some: readonly T[]) => readonly Line[],
): readonly Line[] {
  if (all.length <= most) return rows(all);
  if (most <= 0) return [];
  const left = all.slice(most - 1);
  return [...rows(all.slice(0, most - 1)), { text: `… ${left.length} more: ${counts(left)}` }];
}

/** `990 ok, 5 unknown` */
export function counts(all: readonly { readonly severity: Severity }[]): string {
  return severities
    .map((severity) => ({ severity, count: all.filter((each) => each.severity === severity).length }))
    .filter((each) => each.count > 0)
    .map(({ severity, count }) => `${count} ${severity}`)
    .join(", ");
}
