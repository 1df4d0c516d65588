/** The detail below the overview: a block for each node that is not well and for each homeserver, as many as a message holds. Pure. */
import { counted } from "../../chat/render/units.ts";
import type { View } from "../../chat/command.ts";
import type { Line } from "../../chat/line.ts";
import type { Severity } from "../severity.ts";
import type { Picture } from "../verdicts.ts";
import { homeserverBlock, nodeBlock } from "./blocks.ts";

import { gapLines } from "./notes.ts";
import { competitionText } from "./problem-text.ts";
import { counts, nodeRows, rowsWithin } from "./rows.ts";

const threadLines = 150;
/** Lines kept for rows of nodes that are well. */
const rowLines = 50;
/** About what a homeserver takes. */
const blockLines = 10;
/** Up to so many nodes are all shown in full; of more, those that are well get a row each. */
const fewNodes = 12;
/** Pods named of each node. */
const eatersShown = 3;

/** `all`: those that are well too. `gapsAbove`: complaints about sources that the room already shows. */
export function overviewThread({ nodes, homeservers, gaps, competitions }: Picture, all: boolean, gapsAbove: number, view: View): readonly Line[] {
  const notes: readonly Line[] = [
    ...competitions.slice(1, 6).map((each): Line => ({ text: competitionText(each) })),
    ...(gaps.length > gapsAbove ? gapLines(gaps, 10, view) : []),
  ];
  const ill = nodes.filter((node) => node.severity !== "ok");
  const well = all ? nodes.filter((node) => node.severity === "ok") : [];
  const few = nodes.length <= fewNodes;
  const room = threadLines - notes.length - 3 - (few ? 0 : Math.min(well.length, rowLines));
  const forNodes = Math.max(Math.floor(room / 2), room - homeservers.length * blockLines);
  const nodeLines = blocksWithin(few ? [...ill, ...well] : ill, forNodes, "node", (node) => nodeBlock(node, eatersShown, view));
  const homeserverLines = blocksWithin(homeservers, room - nodeLines.length, "homeserver", (each) => homeserverBlock(each, view));
  const above = [...notes, ...nodeLines, ...homeserverLines];
  if (few || well.length === 0) return above;
  return [...above, { text: "🟢 ok:", strong: true }, ...rowsWithin(well, threadLines - above.length - 1, nodeRows)];
}

/** Whole blocks only; those left out are counted in a line of their own. */
function blocksWithin<T extends { readonly severity: Severity }>(
  all: readonly T[],
  most: number,
  what: string,
  block: (each: T) => readonly Line[],
): readonly Line[] {
  const lines: Line[] = [];
  for (const [at, each] of all.entries()) {
    const made = block(each);
    if (lines.length + made.length > most) {
      const left = all.slice(at);
      return [...lines, { text: `… and ${counted(left.length, what)} more (${counts(left)}): !status NAME shows one.` }];
    }
    lines.push(...made);
  }
  return lines;
}
