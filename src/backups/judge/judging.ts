/** What checks share: how a check is said, and what all of them know beside their subject. */
import type { BackupLimits, BackupSettings } from "../settings.ts";
import type { Check, CheckName, VerdictState } from "../verdict.ts";
import type { Zone } from "../cron/zone.ts";

export interface JudgeSettings extends Pick<BackupSettings, "ignored"> {
  readonly limits: BackupLimits;
  /** IANA name of the operator's zone, which schedules are evaluated in; UTC unless somebody has set it in its container. */
  readonly operatorTimeZone?: string;
}

export interface Measure {
  readonly limits: BackupLimits;
  readonly zone: Zone;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Clocks of two machines may differ by this without anything being wrong. */
export const clocksDifferMs = 5 * 60_000;

export function check(
  name: CheckName,
  state: VerdictState,
  reason: string,
  rest: { readonly remedy?: string | undefined; readonly ageMs?: number | undefined } = {},
): Check {
  return { name, state, reason, remedy: rest.remedy, ageMs: rest.ageMs };
}

/** Could not look: never ok. */
export function unseen(name: CheckName, what: string, error: string): Check {
  return check(name, "unknown", `${what} could not be read: ${error}`, { remedy: rightsFor(error) });
}

function rightsFor(error: string): string {
  return /\(403\)|forbidden/iu.test(error)
    ? "Give Opsroom the right that is missing (docs/backups.md)"
    : "See whether the API server can be reached and serves it";
}
