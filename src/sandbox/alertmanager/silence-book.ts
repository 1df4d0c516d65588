/** The silences that an Alertmanager keeps, with the rules by which it makes, changes and ends them. */
import { randomUUID } from "node:crypto";
import type { Labels } from "../../alerts/delivery.ts";
import { matchesAll, type Matcher } from "../../alerts/matcher.ts";
import { isUsable } from "./filter.ts";
import { Refusal } from "./refusal.ts";

/** Times in milliseconds since 1970. */
export interface Silence {
  readonly id: string;
  readonly matchers: readonly Matcher[];
  readonly startsAt: number;
  readonly endsAt: number;
  readonly updatedAt: number;
  readonly createdBy: string;
  readonly comment: string;
}

export type WantedSilence = Omit<Silence, "id" | "updatedAt"> & { readonly id: string | undefined };
export type SilenceState = "active" | "expired" | "pending";

export interface SilenceBook {
  /** Makes one, or changes the one named where that is possible, else ends it and makes another. @returns the id @throws {Refusal} 400 or 404 */
  readonly set: (wanted: WantedSilence, now: number) => string;
  readonly get: (id: string) => Silence | undefined;
  /** @throws {Refusal} 500 when there is none with that id, as Alertmanager 0.25 does */
  readonly expire: (id: string, now: number) => void;
  /** Active ones first, the soonest to end at the top; then those to come; then the ended, the latest at the top. */
  readonly list: (now: number) => readonly Silence[];
  /** Ids of the active ones that mute these labels. */
  readonly muting: (labels: Labels, now: number) => readonly string[];
}

export function stateOf({ startsAt, endsAt }: Pick<Silence, "endsAt" | "startsAt">, now: number): SilenceState {
  if (now < startsAt) return "pending";
  return now < endsAt ? "active" : "expired";
}

/** Ended ones are kept for five days. */
const keptMs = 120 * 3_600_000;
const rank: Readonly<Record<SilenceState, number>> = { active: 0, pending: 1, expired: 2 };

export function silenceBook(maxSilences: number): SilenceBook {
  const known = new Map<string, Silence>();

  function keep(silence: Silence, now: number): string {
    for (const each of known.values()) if (each.endsAt + keptMs < now) known.delete(each.id);
    if (!known.has(silence.id) && known.size >= maxSilences) throw new Refusal(400, `more than ${maxSilences} silences`);
    known.set(silence.id, silence);
    return silence.id;
  }

  function end(silence: Silence, now: number): void {
    const state = stateOf(silence, now);
    if (state === "expired") return;
    known.set(silence.id, { ...silence, startsAt: state === "pending" ? now : silence.startsAt, endsAt: now, updatedAt: now });
  }

  return {
    set: (wanted, now) => {
      check(wanted, now);
      const { id, ...rest } = wanted;
      const old = id === undefined ? undefined : known.get(id);
      if (id !== undefined && old === undefined) throw new Refusal(404, "silence not found");
      if (old !== undefined && canChange(old, wanted, now)) return keep({ ...rest, id: old.id, updatedAt: now }, now);
      if (old !== undefined) end(old, now);
      return keep({ ...rest, id: randomUUID(), startsAt: Math.max(wanted.startsAt, now), updatedAt: now }, now);
    },
    get: (id) => known.get(id),
    expire: (id, now) => {
      const silence = known.get(id);
      if (silence === undefined) throw new Refusal(500, "silence not found");
      end(silence, now);
    },
    list: (now) => {
      const states = [...known.values()].map((silence) => ({ silence, state: stateOf(silence, now) }));
      const order = { active: 1, pending: 1, expired: -1 };
      const when = ({ silence, state }: (typeof states)[number]): number => (state === "pending" ? silence.startsAt : silence.endsAt) * order[state];
      return states.toSorted((a, b) => rank[a.state] - rank[b.state] || when(a) - when(b)).map(({ silence }) => silence);
    },
    muting: (labels, now) =>
      [...known.values()]
        .filter((silence) => stateOf(silence, now) === "active" && matchesAll(labels, silence.matchers))
        .map(({ id }) => id)
        .toSorted(),
  };
}

function check({ matchers, startsAt, endsAt }: WantedSilence, now: number): void {
  if (startsAt >= endsAt) throw new Refusal(400, "Failed to create silence: start time must be before end time");
  if (endsAt < now) throw new Refusal(400, "Failed to create silence: end time can't be in the past");
  for (const [at, matcher] of matchers.entries()) {
    const { name, value } = matcher;
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/u.test(name))
      throw new Refusal(400, `silence invalid: invalid label matcher ${at}: invalid label name ${JSON.stringify(name)}`);
    if (!isUsable(matcher)) throw new Refusal(400, `silence invalid: invalid label matcher ${at}: invalid regular expression ${JSON.stringify(value)}`);
  }
  // A negative one passes, although it too is true of what has no such label.
  const isEmpty = (matcher: Matcher): boolean => !matcher.op.startsWith("!") && matchesAll({}, [matcher]);
  if (matchers.every(isEmpty)) throw new Refusal(400, "silence invalid: at least one matcher must not match the empty string");
}

function canChange(old: Silence, wanted: WantedSilence, now: number): boolean {
  if (JSON.stringify(old.matchers) !== JSON.stringify(wanted.matchers)) return false;
  const state = stateOf(old, now);
  if (state === "active") return wanted.startsAt === old.startsAt && wanted.endsAt >= now;
  return state === "pending" && wanted.startsAt >= now;
}
