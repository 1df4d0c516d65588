/** Which nodes are short of memory for so long that somebody should know. Pure. */
import * as z from "zod";
import type { NodeVerdict } from "./verdicts.ts";

/** What is remembered of a node that is, or was, short of it. Times in milliseconds since 1970. */
const watched = z.object({ since: z.number(), saidAt: z.number().optional(), roomAgainSince: z.number().optional() });
export const memoryRecord = z.record(z.string(), watched);

export type MemoryRecord = Readonly<z.output<typeof memoryRecord>>;

export interface MemoryLimits {
  /** Share of what the node can allocate. */
  readonly over: number;
  readonly forMs: number;
}

export type MemoryNews =
  | { readonly kind: "short"; readonly node: NodeVerdict; readonly sinceMs: number }
  /** It was told, and is over. */
  | { readonly kind: "over"; readonly name: string; readonly lastedMs: number }
  /** It was told, and the node is no longer there. */
  | { readonly kind: "gone"; readonly name: string; readonly lastedMs: number };

/** A share that goes up and down around the limit is one shortage: it is over when it was under for as long as it had to be over. */
export function watchMemory(
  before: MemoryRecord,
  nodes: readonly NodeVerdict[],
  { over, forMs }: MemoryLimits,
  now: number,
): { readonly after: MemoryRecord; readonly news: readonly MemoryNews[] } {
  const after: Record<string, z.output<typeof watched>> = {};
  const news: MemoryNews[] = [];
  const seen = new Set<string>();
  for (const node of nodes) {
    const name = `${node.cluster}/${node.name}`;
    seen.add(name);
    const known = before[name];
    const share = measuredShare(node);
    if (share === undefined) {
      // Not to be able to look is no news, good or bad: `!status` and its alerts tell of that. What nobody saw was not under the limit either.
      if (known !== undefined) after[name] = { since: known.since, ...(known.saidAt === undefined ? {} : { saidAt: known.saidAt }) };
    } else if (share > over) {
      const since = known?.since ?? now;
      const due = known?.saidAt === undefined && now - since >= forMs;
      if (due) news.push({ kind: "short", node, sinceMs: now - since });
      after[name] = { since, ...(due ? { saidAt: now } : known?.saidAt === undefined ? {} : { saidAt: known.saidAt }) };
    } else if (known?.saidAt !== undefined) {
      const roomAgainSince = known.roomAgainSince ?? now;
      if (now - roomAgainSince >= forMs) news.push({ kind: "over", name, lastedMs: roomAgainSince - known.since });
      else after[name] = { ...known, roomAgainSince };
    }
  }
  // A node that is gone has no shortage; one whose cluster could not be read is not gone.
  const clusters = new Set(nodes.map(({ cluster }) => cluster));
  for (const [name, known] of Object.entries(before))
    if (!seen.has(name)) {
      if (!clusters.has(name.slice(0, name.indexOf("/")))) after[name] = known;
      else if (known.saidAt !== undefined) news.push({ kind: "gone", name, lastedMs: now - known.since });
    }
  return { after, news };
}

/** `undefined` when nobody has measured it, or when that is too long ago. */
function measuredShare({ memory, problems }: NodeVerdict): number | undefined {
  return memory.basis === "measured" && problems.every(({ kind }) => kind !== "no-figures") ? memory.share : undefined;
}
