/** How well Opsroom's own words get through: what waits on its way in and out, and who is not heard. Pure. */
import type { Line } from "../chat/line.ts";
import { duration } from "../chat/render/units.ts";

export interface Backlog {
  readonly waiting: number;
  readonly oldestAgeMs: number;
}

export interface MessagingFacts {
  /** Messages that the homeserver has not taken yet. */
  readonly outbox: Backlog;
  /** Webhook calls that were accepted and not worked off yet. */
  readonly deliveries: Backlog;
  /** Sources whose heartbeat is missing, by name, and for how long. */
  readonly silent: readonly { readonly source: string; readonly forMs: number }[];
  /** Webhook notifications that Alertmanagers failed to deliver since they started, where any. */
  readonly undelivered: readonly { readonly source: string; readonly count: number }[];
}

/** What waits longer than this is worth a word: a moment's queue is how it works. */
const notableMs = 15_000;

/** One line each for what is not as it should be; none when all is well. */
export function messagingLines({ outbox, deliveries, silent, undelivered }: MessagingFacts): readonly Line[] {
  const waits = [
    ...(outbox.waiting > 0 && outbox.oldestAgeMs > notableMs
      ? [`${outbox.waiting} messages wait for the homeserver, the oldest ${duration(outbox.oldestAgeMs)}`]
      : []),
    ...(deliveries.waiting > 0 && deliveries.oldestAgeMs > notableMs
      ? [`${deliveries.waiting} alert deliveries are not worked off, the oldest ${duration(deliveries.oldestAgeMs)}`]
      : []),
  ];
  return [
    ...silent.map(({ source, forMs }): Line => ({ text: `🔴 No heartbeat from ${source} for ${duration(forMs)}: its alerts may not reach this room` })),
    ...undelivered.map(({ source, count }): Line => ({ text: `🟡 The Alertmanager of ${source} failed to deliver ${count} webhook notifications` })),
    ...(waits.length === 0 ? [] : [{ text: `🟡 ${waits.join(" · ")}` }]),
  ];
}
