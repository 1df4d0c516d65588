/** What was told last of each group: decides whether there is anything new to tell. */
import { hasEnded, type KnownAlert } from "./alert-book.ts";

export interface Told {
  readonly at: number;
  readonly firing: ReadonlySet<string>;
  readonly ended: ReadonlySet<string>;
}

/** Why a notification is due; `undefined`: it is not. */
export function isDue(told: Told | undefined, now: Omit<Told, "at">, nowMs: number, repeatIntervalMs: number): boolean {
  if (told === undefined) return now.firing.size > 0;
  if (![...now.firing].every((each) => told.firing.has(each))) return true;
  // That all has ended is told once.
  if (now.firing.size === 0) return told.firing.size > 0;
  if (![...now.ended].every((each) => told.ended.has(each))) return true;
  return told.at < nowMs - repeatIntervalMs;
}

/** Which of them fire at `now`, and which have ended. */
export function sides(alerts: readonly KnownAlert[], now: number): Omit<Told, "at"> {
  const of = (ended: boolean): ReadonlySet<string> => new Set(alerts.filter((alert) => hasEnded(alert, now) === ended).map((alert) => alert.fingerprint));
  return { firing: of(false), ended: of(true) };
}
