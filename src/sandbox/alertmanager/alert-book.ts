/** The alerts that an Alertmanager knows, by fingerprint, as Prometheus keeps telling it of them. */
import type { Labels } from "../../alerts/delivery.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { Refusal } from "./refusal.ts";

/** Times in milliseconds since 1970. */
export interface KnownAlert {
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly updatedAt: number;
  /** `endsAt` is not what was said, but when it is taken for gone unless it is heard of again. */
  readonly timesOut: boolean;
  readonly generatorUrl: string;
}

/** What was posted. */
export interface PostedAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAt: number | undefined;
  readonly endsAt: number | undefined;
  readonly generatorUrl: string;
}

export interface AlertBook {
  /** @returns the alert as it is known now @throws {Refusal} 400, or 503 when there are too many */
  readonly take: (posted: PostedAlert, now: number) => KnownAlert;
  /** Also one that has ended. */
  readonly get: (labels: Labels) => KnownAlert | undefined;
  /** Those that have not ended, by fingerprint. */
  readonly firing: (now: number) => readonly KnownAlert[];
}

export const hasEnded = (alert: Pick<KnownAlert, "endsAt">, now: number): boolean => alert.endsAt <= now;

const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/u;

export function alertBook({ resolveTimeoutMs, maxAlerts }: { readonly resolveTimeoutMs: number; readonly maxAlerts: number }): AlertBook {
  const known = new Map<string, KnownAlert>();

  function makeRoom(now: number): void {
    if (known.size < maxAlerts) return;
    for (const [fingerprint, alert] of known) if (hasEnded(alert, now)) known.delete(fingerprint);
    if (known.size >= maxAlerts) throw new Refusal(503, `more than ${maxAlerts} alerts`);
  }

  return {
    take: (posted, now) => {
      const fresh = validated(posted, now, resolveTimeoutMs);
      const old = known.get(fresh.fingerprint);
      if (old === undefined) makeRoom(now);
      const alert = old !== undefined && overlap(fresh, old) ? merged(old, fresh, now) : fresh;
      known.set(alert.fingerprint, alert);
      return alert;
    },
    get: (labels) => known.get(fingerprintOf(labels)),
    firing: (now) => [...known.values()].filter((alert) => !hasEnded(alert, now)).toSorted((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1)),
  };
}

function validated(posted: PostedAlert, now: number, resolveTimeoutMs: number): KnownAlert {
  // A label without a value is no label.
  const labels = Object.fromEntries(Object.entries(posted.labels).filter(([, value]) => value !== ""));
  const startsAt = posted.startsAt ?? posted.endsAt ?? now;
  const endsAt = posted.endsAt ?? now + resolveTimeoutMs;
  if (endsAt < startsAt) throw new Refusal(400, "start time must be before end time");
  const wrong = Object.keys(labels).find((name) => !labelName.test(name));
  if (wrong !== undefined) throw new Refusal(400, `invalid label set: invalid name ${JSON.stringify(wrong)}`);
  if (Object.keys(labels).length === 0) throw new Refusal(400, "at least one label pair required");
  const timesOut = posted.endsAt === undefined;
  return {
    fingerprint: fingerprintOf(labels),
    labels,
    annotations: posted.annotations,
    startsAt,
    endsAt,
    updatedAt: now,
    timesOut,
    generatorUrl: posted.generatorUrl,
  };
}

const within = (time: number, of: KnownAlert): boolean => time > of.startsAt && time < of.endsAt;
const overlap = (fresh: KnownAlert, old: KnownAlert): boolean => within(fresh.endsAt, old) || within(fresh.startsAt, old);

/** `types.Alert.Merge`: the earliest beginning; the end that was told last, unless one of the two is only a timeout. */
function merged(old: KnownAlert, fresh: KnownAlert, now: number): KnownAlert {
  const startsAt = Math.min(old.startsAt, fresh.startsAt);
  const later = hasEnded(fresh, now) ? hasEnded(old, now) && old.endsAt > fresh.endsAt : old.endsAt > fresh.endsAt && !old.timesOut;
  return { ...fresh, startsAt, endsAt: later ? old.endsAt : fresh.endsAt };
}
