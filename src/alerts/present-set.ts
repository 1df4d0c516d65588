/** What fires and what has ended after a delivery: each tells of the whole group, as far as its list was not cut. Pure. */
import type { Alert, Delivery } from "./delivery.ts";
import type { AlertGroup } from "./group.ts";

/** Firing alerts kept of a group; Alertmanager itself cuts earlier where `max_alerts` is set. */
const mostFiring = 2000;

export interface PresentSet {
  /** Those that ended first. */
  readonly all: readonly Alert[];
  /** Not told of for the longest first. */
  readonly firing: readonly Alert[];
  /** In the order in which they ended. */
  readonly over: readonly Alert[];
  /** Alerts that are there, and of which nothing is known. */
  readonly truncated: number;
}

/** @param known alerts of the present episode; nothing when one begins */
export function presentSet(known: AlertGroup["alerts"], delivery: Delivery): PresentSet {
  const { receivedAt } = delivery;
  const told = [...new Map(delivery.alerts.map((alert) => [alert.fingerprint, alert])).values()].map((alert) => settled(alert, known, receivedAt));
  const toldOf = new Set(told.map((alert) => alert.fingerprint));
  const absent = Object.values(known).filter((alert) => !toldOf.has(alert.fingerprint));
  const cutOff = cutOffFrom(delivery, told);
  // Of those that fired and are absent, no more can be left than were cut off: of the others nothing was heard for longer.
  const absentFiring = absent.filter((alert) => alert.status === "firing");
  const left = new Set(cutOff === 0 ? [] : absentFiring.slice(-cutOff));
  const over = [
    ...absent.filter((alert) => alert.status === "resolved"),
    ...absentFiring.filter((alert) => !left.has(alert)).map((alert) => ended(alert, receivedAt)),
    ...told.filter((alert) => alert.status === "resolved"),
  ].toSorted((a, b) => (a.endsAt ?? 0) - (b.endsAt ?? 0));
  const present = [...left, ...told.filter((alert) => alert.status === "firing")];
  const firing = present.length > mostFiring ? knownFirst(present, known).slice(0, mostFiring) : present;
  return { all: [...over, ...firing], firing, over, truncated: cutOff - left.size + (present.length - firing.length) };
}

/** Alertmanager cuts without regard to what fires: a list without a firing alert may hide some, unless it says that all have ended (since 0.32). */
function cutOffFrom({ truncated, reason }: Delivery, told: readonly Alert[]): number {
  return reason === "all alerts resolved" && told.every((alert) => alert.status === "resolved") ? 0 : truncated;
}

/** Whoever is shown stays, whatever the order of the list: otherwise each delivery would have alerts come and go. */
function knownFirst(firing: readonly Alert[], known: AlertGroup["alerts"]): readonly Alert[] {
  const isKnown = ({ fingerprint }: Alert): boolean => known[fingerprint]?.status === "firing";
  return [...firing.filter(isKnown), ...firing.filter((alert) => !isKnown(alert))];
}

function ended(alert: Alert, at: number): Alert {
  return { ...alert, status: "resolved", endsAt: Math.max(at, alert.startsAt ?? at) };
}

/** Times that cannot be are put right: a start to come or unknown is when we heard of it, an end before its start, to come or unknown is now. */
function settled(alert: Alert, all: AlertGroup["alerts"], receivedAt: number): Alert {
  const before = all[alert.fingerprint];
  const since = before?.status === "firing" || alert.status === "resolved" ? before?.startsAt : undefined;
  const startsAt = alert.startsAt !== undefined && alert.startsAt > 0 && alert.startsAt <= receivedAt ? alert.startsAt : (since ?? receivedAt);
  if (alert.status === "firing") return { ...alert, startsAt, endsAt: undefined };
  const told = alert.endsAt ?? (before?.status === "resolved" ? before.endsAt : undefined);
  return { ...alert, startsAt, endsAt: told !== undefined && told >= startsAt && told <= receivedAt ? told : Math.max(startsAt, receivedAt) };
}
