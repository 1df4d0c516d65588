/** What is measured of backups, drills and schedules. */
import { Counter, Gauge, type Registry } from "prom-client";

export interface WorkMetrics {
  /** What was found at the last look. What is not in it any more is not exported any more. */
  readonly backups: (picture: BackupFigures) => void;
  readonly drill: (figures: DrillFigures) => void;
  /** A run of a schedule ended. */
  readonly ran: (schedule: string, outcome: string, seconds: number | undefined) => void;
}

/** 0 to 5, from good to bad, in the order of `verdictStates`. */
export interface BackupFigures {
  readonly at: number;
  readonly gaps: number;
  readonly verdicts: readonly {
    readonly cluster: string;
    readonly database: string;
    readonly baseAgeMs: number | undefined;
    readonly windowFrom: number | undefined;
    readonly checks: readonly { readonly name: string; readonly state: number }[];
  }[];
}

export interface DrillFigures {
  readonly cluster: string;
  readonly database: string;
  readonly ok: boolean;
  readonly endedAt: number;
  readonly restoreMs: number | undefined;
  readonly lostMs: number | undefined;
}

export function createWorkMetrics(registry: Registry, now: () => number): WorkMetrics {
  const registers = [registry];
  const place = ["cluster", "database"] as const;
  const verdict = new Gauge({
    name: "opsroom_backup_verdict",
    help: "Of a check of a database's backups: 0 ok, 1 disabled, 2 unknown, 3 late, 4 never, 5 failed",
    labelNames: [...place, "check"] as const,
    registers,
  });
  const baseAge = new Gauge({ name: "opsroom_backup_base_age_seconds", help: "Age of the newest base backup at the last look", labelNames: place, registers });
  const window = new Gauge({
    name: "opsroom_backup_window_start_timestamp_seconds",
    help: "The earliest time one could go back to",
    labelNames: place,
    registers,
  });
  const gaps = new Gauge({ name: "opsroom_backup_gaps", help: "What could not be read at the last look", registers });
  let lookedAt: number | undefined;
  new Gauge({
    name: "opsroom_backup_look_age_seconds",
    help: "Age of the last look at the backups; absent before the first",
    registers,
    collect() {
      if (lookedAt !== undefined) this.set((now() - lookedAt) / 1000);
    },
  });
  const drillOk = new Gauge({
    name: "opsroom_backup_drill_ok",
    help: "1 when the last drill restored the database and found all of it",
    labelNames: place,
    registers,
  });
  const drillAt = new Gauge({ name: "opsroom_backup_drill_timestamp_seconds", help: "When the last drill ended", labelNames: place, registers });
  const restore = new Gauge({ name: "opsroom_backup_drill_restore_seconds", help: "What the restore took in the last drill", labelNames: place, registers });
  const lost = new Gauge({ name: "opsroom_backup_drill_lost_seconds", help: "How much the last drill would have lost", labelNames: place, registers });
  const runs = new Counter({ name: "opsroom_schedule_runs_total", help: "Runs of schedules", labelNames: ["schedule", "outcome"] as const, registers });
  const lastGood = new Gauge({
    name: "opsroom_schedule_last_success_timestamp_seconds",
    help: "When a schedule last ran well",
    labelNames: ["schedule"] as const,
    registers,
  });
  const seconds = new Gauge({ name: "opsroom_schedule_last_run_seconds", help: "What the last run took", labelNames: ["schedule"] as const, registers });
  return {
    backups: (picture) => {
      lookedAt = picture.at;
      gaps.set(picture.gaps);
      for (const gauge of [verdict, baseAge, window]) gauge.reset();
      for (const { cluster, database, baseAgeMs, windowFrom, checks } of picture.verdicts) {
        for (const { name, state } of checks) verdict.set({ cluster, database, check: name }, state);
        if (baseAgeMs !== undefined) baseAge.set({ cluster, database }, baseAgeMs / 1000);
        if (windowFrom !== undefined) window.set({ cluster, database }, windowFrom / 1000);
      }
    },
    drill: ({ cluster, database, ok, endedAt, restoreMs, lostMs }) => {
      drillOk.set({ cluster, database }, ok ? 1 : 0);
      drillAt.set({ cluster, database }, endedAt / 1000);
      if (restoreMs !== undefined) restore.set({ cluster, database }, restoreMs / 1000);
      if (lostMs !== undefined) lost.set({ cluster, database }, lostMs / 1000);
    },
    ran: (schedule, outcome, took) => {
      runs.inc({ schedule, outcome });
      if (outcome === "ok") lastGood.set({ schedule }, now() / 1000);
      if (took !== undefined) seconds.set({ schedule }, took);
    },
  };
}
