/**
 * Which delivery only repeats what is known. Two Alertmanagers tell the same things one after the other, and each tells it again when our answer was lost.
 *
 * Each sender is followed through what its group has gone through: a copy is what it has not said yet and another one has, or what it said last and
 * nobody has dealt with. Going back to an earlier state says the same as before and is no copy.
 */
import type { DeliveryRecord } from "./alert-store.ts";

/** The newest kept delivery that says the same. */
export interface Earlier {
  readonly key: string;
  readonly group: string;
  readonly seq: number;
  readonly receivedAt: number;
  readonly pending: boolean;
  /** When the next delivery of its group was kept; `undefined` while it is the group's newest. */
  readonly supersededAt: number | undefined;
}

/** What a sender brought last of a group. */
export interface Standing {
  readonly group: string;
  readonly sender: string;
  readonly seq: number;
}

/** A second Alertmanager waits for the first for 15 s (`--cluster.peer-timeout`) and may have to try again: so long it may be behind. */
const lagMs = 30_000;

/** @param standing what its sender brought last of the group, if anything */
export function isCopy({ receivedAt }: DeliveryRecord, earlier: Earlier | undefined, standing: number | undefined, copyWindowMs: number): boolean {
  if (earlier === undefined) return false;
  const { seq, pending, supersededAt } = earlier;
  if (standing !== undefined && standing > seq) return false;
  if (standing === seq) return pending && supersededAt === undefined;
  if (supersededAt !== undefined && receivedAt - supersededAt > lagMs) return false;
  return pending || receivedAt - earlier.receivedAt <= copyWindowMs;
}

export interface Judged {
  /** To be kept, in order. */
  readonly fresh: readonly DeliveryRecord[];
  /** Where senders stand now: at a delivery in the store, or at one of `fresh` (its index). */
  readonly standings: readonly { readonly group: string; readonly sender: string; readonly at: { readonly seq: number } | { readonly fresh: number } }[];
}

/** Deliveries in the order in which they came, each judged by those before it as well. */
export function judgeCopies(deliveries: readonly DeliveryRecord[], known: readonly Earlier[], standings: readonly Standing[], copyWindowMs: number): Judged {
  const newest = new Map(known.map((each) => [each.key, each]));
  const standing = new Map(standings.map((each) => [nameOf(each), each.seq]));
  const moved = new Map<string, DeliveryRecord>();
  const fresh: DeliveryRecord[] = [];
  for (const delivery of deliveries) {
    const name = nameOf(delivery);
    const earlier = newest.get(delivery.key);
    moved.set(name, delivery);
    if (earlier !== undefined && isCopy(delivery, earlier, standing.get(name), copyWindowMs)) {
      standing.set(name, earlier.seq);
      continue;
    }
    const { key, group, receivedAt } = delivery;
    for (const each of newest.values())
      if (each.group === group && each.supersededAt === undefined) newest.set(each.key, { ...each, supersededAt: receivedAt });
    const seq = notStored + fresh.length;
    newest.set(key, { key, group, seq, receivedAt, pending: true, supersededAt: undefined });
    standing.set(name, seq);
    fresh.push(delivery);
  }
  return {
    fresh,
    standings: [...moved].map(([name, { group, sender }]) => {
      const seq = standing.get(name) ?? 0;
      return { group, sender, at: seq < notStored ? { seq } : { fresh: seq - notStored } };
    }),
  };
}

/** Beyond every number in the store: what is kept now comes after all that is there. */
const notStored = 2 ** 52;

function nameOf({ group, sender }: Pick<Standing, "group" | "sender">): string {
  return JSON.stringify([group, sender]);
}
