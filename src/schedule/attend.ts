/** Looks at one schedule and does what is decided, one step at a look. */
import type { ScheduleRecord } from "../store/schedule-store.ts";
import type { CronReading } from "./cron.ts";
import { decide, type Decision } from "./decide.ts";
import { cutOff, neverRun, passed } from "./record.ts";
import type { Runs, RunsNeeds } from "./runs.ts";
import type { Schedule } from "./schedule.ts";
import { interrupted, missed } from "./trouble.ts";

export interface AttendNeeds extends RunsNeeds {
  readonly runs: Runs;
  readonly read: (expression: string) => Promise<CronReading>;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** @returns when to look at it again; `undefined` when nothing is known to come */
export type Attend = (schedule: Schedule, record: ScheduleRecord | undefined, abandon: AbortSignal) => Promise<number | undefined>;

const againMs = 2000;
const mostRemembered = 200;

export function createAttend({ runs, read, random, store, clock, log, onTrouble, onRan }: AttendNeeds): Attend {
  /** What chance said of the due time that is waited for. */
  const starts = new Map<string, { readonly dueAt: number; readonly at: number }>();
  /** The wrong expressions that were told already. */
  const complained = new Set<string>();

  const startOf =
    (name: string) =>
    (dueAt: number, latest: number): number => {
      const known = starts.get(name);
      if (known?.dueAt === dueAt) return known.at;
      const at = dueAt + Math.floor(random() * (latest - dueAt));
      if (starts.size >= mostRemembered) starts.clear();
      starts.set(name, { dueAt, at });
      return at;
    };

  const complain = (name: string, cron: string, why: string): void => {
    if (complained.has(`${name} ${cron}`)) return;
    if (complained.size >= mostRemembered) complained.clear();
    complained.add(`${name} ${cron}`);
    log.error({ schedule: name, cron, why }, "a schedule's cron expression is wrong: it never runs");
  };

  /** Keeps what needs no run, if nothing has changed since it was looked at. */
  const note = async (name: string, seen: ScheduleRecord | undefined, decision: Extract<Decision, { do: "begin" | "settle" | "pass" }>): Promise<boolean> => {
    const now = clock.now();
    if (decision.do === "begin") {
      const { plan, lastDueAt } = decision;
      if (seen?.plan === plan) log.warn({ schedule: name }, "the clock went back by more than a day: a schedule is counted anew");
      return await store.write((tx) => tx.saveSchedule({ ...(seen ?? neverRun(name, plan, now)), plan, lastDueAt }, seen?.version ?? 0));
    }
    if (seen === undefined) return false;
    const kept = await store.write(async (tx) => {
      const next = decision.do === "settle" ? cutOff(seen, now) : passed(seen, decision.why, decision.times);
      if (!(await tx.saveSchedule(next, seen.version))) return false;
      if (decision.do === "settle") await onTrouble(tx, interrupted(name, seen.dueAt, false));
      else if (decision.why === "missed") await onTrouble(tx, missed(name, decision.times, false, now - (decision.times.at(-1) ?? now)));
      return true;
    });
    if (kept && decision.do === "settle") onRan(name, "interrupted", undefined);
    if (kept && decision.do === "pass") log.warn({ schedule: name, times: decision.times.length }, `due times were ${decision.why}`);
    return kept;
  };

  /** Whether it was done: not, when the record was another one by then. */
  const act = async (
    schedule: Schedule,
    record: ScheduleRecord | undefined,
    decision: Exclude<Decision, { do: "wait" }>,
    abandon: AbortSignal,
  ): Promise<boolean> => {
    const start = async (at: number, late: boolean, missedBefore: readonly number[]): Promise<boolean> =>
      (await runs.start(schedule, { due: { at, late, byHand: false }, version: record?.version, missed: missedBefore }, abandon)) !== undefined;
    if (decision.do === "start") return await start(decision.at, decision.late, decision.missed);
    if (decision.do === "settle" && decision.again && record?.dueAt !== undefined) return await start(record.dueAt, true, []);
    return await note(schedule.name, record, decision);
  };

  return async (schedule, record, abandon) => {
    const { name, cron } = schedule;
    const reading = await read(cron);
    if (!reading.ok) {
      complain(name, cron, reading.why);
      return undefined;
    }
    const decision = decide({ schedule, times: reading.times, record, running: runs.has(name), now: clock.now(), startOf: startOf(name) });
    if (decision.do === "wait") return decision.until;
    return (await act(schedule, record, decision, abandon)) ? clock.now() : clock.now() + againMs;
  };
}
