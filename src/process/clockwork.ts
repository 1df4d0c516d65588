/** Everything the instance with the lease does by the clock, and the backups and drills it looks after. */
import { prepareBackupActing, type BackupActing } from "../backups/acting/prepare.ts";
import { drillResults } from "../backups/drill/result.ts";
import { verdictStates, type BackupPicture } from "../backups/verdict.ts";
import type { View } from "../chat/command.ts";
import type { Clock } from "../clock.ts";
import type { Config } from "../config/schema/root.ts";
import type { StatusNeeds } from "../handlers/status.ts";
import type { RoomId } from "../ids.ts";
import type { ObjectAccess } from "../kubernetes/objects.ts";
import type { Log } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { Prompts } from "../prompts/service.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { createScheduler, type Scheduler } from "../schedule/scheduler.ts";
import type { Store } from "../store/store.ts";
import { wakeable } from "../wakeable.ts";
import type { Looks } from "./backups.ts";
import type { JobNeeds } from "./jobs.ts";
import { readCertificate, serversOf } from "./read-certificate.ts";
import { schedulesOf, tellTrouble } from "./schedules.ts";

export interface ClockworkNeeds {
  readonly config: () => Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: Pick<Metrics, "work">;
  readonly clusters: () => ReadonlyMap<string, ObjectAccess>;
  readonly looks: Looks;
  readonly status: Pick<StatusNeeds, "gather" | "thresholds">;
  readonly prompts: Prompts;
  readonly rooms: () => ReadonlyMap<string, RoomId>;
  readonly view: () => View;
  readonly wakeSender: () => void;
  readonly wakeTimers: () => void;
}

export interface Clockwork {
  readonly backups: BackupActing;
  readonly scheduler: Scheduler;
  /** @param abandon no more time is left, or another instance acts */
  readonly run: (signal: AbortSignal, abandon: AbortSignal) => Promise<void>;
  readonly configChanged: () => void;
}

export function prepareClockwork(needs: ClockworkNeeds): Clockwork {
  const { config, store, clock, random, log, metrics, clusters, looks, status, prompts, rooms, view, wakeSender, wakeTimers } = needs;
  const bell = wakeable(clock);
  const backups = prepareBackupActing({ store, clusters, settings: () => config().backups, view, prompts, wakeSender, wakeTimers });
  const room = (): RoomId | undefined => rooms().get(config().schedules.room ?? "");
  const jobNeeds: JobNeeds = {
    store,
    settings: () => config().schedules,
    view,
    room,
    looks,
    status,
    acting: backups,
    readCertificates: (signal) => Promise.all(serversOf(config()).map(([of, url]) => readCertificate(of, url, signal))),
    expiryMs: () => config().backups.limits.expiryMs,
    onPicture: (picture) => metrics.work.backups(figuresOf(picture)),
    wakeSender,
  };
  // Who has no cluster has nothing to look at by the clock, and does not load what reads cron expressions.
  const schedules = (): readonly Schedule[] => (config().clusters.length === 0 ? [] : schedulesOf(config().schedules, config().timeZone, jobNeeds));
  const scheduler = createScheduler({
    schedules,
    store,
    clock,
    random,
    log,
    bell,
    onTrouble: async (tx, trouble) => tellTrouble(tx, trouble, room(), clock.now()),
    onRan: metrics.work.ran,
  });
  return {
    backups,
    scheduler,
    run: async (signal, abandon) => {
      await backups.atStart();
      for (const each of await drillResults(store.read)) {
        const { cluster, namespace, name, verdict, endedAt, restoreMs, lostMs } = each;
        metrics.work.drill({ cluster, database: `${namespace}/${name}`, ok: verdict === "ok", endedAt, restoreMs, lostMs });
      }
      await scheduler.run(signal, abandon);
    },
    configChanged: bell.wake,
  };
}

function figuresOf({ at, gaps, verdicts }: BackupPicture) {
  return {
    at,
    gaps: gaps.length,
    verdicts: verdicts.map(({ cluster, namespace, name, baseAgeMs, window, checks }) => ({
      cluster: cluster ?? "",
      database: namespace === undefined ? name : `${namespace}/${name}`,
      baseAgeMs,
      windowFrom: window?.from,
      checks: checks.map((each) => ({ name: each.name, state: verdictStates.indexOf(each.state) })),
    })),
  };
}
