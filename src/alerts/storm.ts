/** When more waits than can be said soon, one message names it all. Pure: what to do with that message now. */

/** How fast messages go out, as the sender tells. */
export interface SendingPace {
  /** That may go at once; `undefined` without a limit. */
  readonly left: number | undefined;
  readonly perSecond: number;
}

/** The digest of a room, as it is remembered. Times are milliseconds since 1970. */
export interface Storm {
  /** 1 for the first: names its message. */
  readonly number: number;
  readonly edits: number;
  readonly editedAt: number;
  /** Groups that it names now. */
  readonly named: readonly string[];
  /** All that it has named since it began. */
  readonly total: number;
  readonly over: boolean;
}

export type StormAct = { readonly kind: "nothing" } | { readonly kind: "begin" | "edit" | "end"; readonly storm: Storm };

/** Waiting longer than this is a storm. */
const longMs = 5000;
/** What has just arrived may be followed by more: a digest begun too early is edited at once. */
const settleMs = 1000;
/** New names are told this soon, as each edit takes a message's place in the queue… */
const newNamesMs = 6000;
/** …and what was shown since, only this often. */
const progressMs = 60_000;

export interface Weather {
  /** Groups whose first message in this room still waits, oldest first, with when they began to. */
  readonly waiting: readonly { readonly group: string; readonly since: number }[];
  readonly before: Storm | undefined;
  /** The digest's own message, or its newest edit, has not gone out yet: changing it costs nothing. */
  readonly free: boolean;
  readonly pace: SendingPace;
  readonly now: number;
}

export function decideStorm({ waiting, before, free, pace, now }: Weather): StormAct {
  const groups = waiting.map((each) => each.group);
  if (before === undefined || before.over) {
    const [oldest] = waiting;
    if (oldest === undefined || now - oldest.since < settleMs || waitsMs(waiting.length, pace) <= longMs) return { kind: "nothing" };
    return { kind: "begin", storm: { number: (before?.number ?? 0) + 1, edits: 0, editedAt: now, named: groups, total: groups.length, over: false } };
  }
  const known = new Set(before.named);
  const fresh = groups.filter((group) => !known.has(group)).length;
  const next: Storm = { ...before, edits: before.edits + 1, editedAt: now, named: groups, total: before.total + fresh };
  if (groups.length === 0) return { kind: "end", storm: { ...next, over: true } };
  const changed = fresh > 0 || groups.length !== before.named.length;
  const dueMs = fresh > 0 ? newNamesMs : progressMs;
  return changed && (free || now - before.editedAt >= dueMs) ? { kind: "edit", storm: next } : { kind: "nothing" };
}

/** How long until the last of so many has gone out. */
function waitsMs(count: number, { left, perSecond }: SendingPace): number {
  if (left === undefined || perSecond <= 0) return 0;
  return (Math.max(0, count - left) / perSecond) * 1000;
}
