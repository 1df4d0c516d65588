/** From facts to verdicts, worst first. Pure. */
import { utc, zoneOf, type Zone } from "../cron/zone.ts";
import type { BackupFacts, ClusterBackupFacts } from "../facts.ts";
import { verdictStates, worstOf, type BackupPicture, type BackupVerdict, type Check } from "../verdict.ts";
import { judgeArchiving } from "./archiving.ts";
import { judgeBase, lastGood } from "./base.ts";
import { judgeCredentials } from "./credentials.ts";
import { judgeHistory } from "./history.ts";
import { check, type JudgeSettings, type Measure } from "./judging.ts";
import { judgeOther } from "./other.ts";
import { judgeRunning } from "./running.ts";
import { judgeSchedule } from "./schedule.ts";
import { judgeStore } from "./store.ts";
import { methodName, subjectsOf, type Subject } from "./subject.ts";
import { judgeWindow, windowOf } from "./window.ts";

/** `now`: milliseconds since 1970. What could not be looked at is unknown; a picture of nothing is unknown too. */
export function judgeBackups(facts: BackupFacts, settings: JudgeSettings, now: number): BackupPicture {
  const measure: Measure = { limits: settings.limits, zone: zoneIn(settings), now };
  const verdicts = [
    ...facts.clusters.flatMap((each) => subjectsOf(each).map((subject) => judgeSubject(each.cluster, subject, settings, measure))),
    ...facts.others.map((each) => judgeOther(each, now)),
  ].toSorted(byUrgency);
  const gaps = facts.clusters.flatMap(gapsOf);
  const states = [...verdicts.map((each) => each.state), ...(gaps.length > 0 || verdicts.length === 0 ? ["unknown" as const] : [])];
  return { verdicts, gaps, state: worstOf(states), at: now };
}

function judgeSubject(cluster: string, subject: Subject, { ignored }: JudgeSettings, measure: Measure): BackupVerdict {
  const { namespace, name } = subject.database;
  const about = { cluster, namespace, name, method: methodName(subject.method) };
  if (ignored.includes(name) || ignored.includes(`${namespace}/${name}`)) {
    const checks = [check("base", "disabled", "needs no backup, says the configuration")];
    return { ...about, checks, state: "disabled", baseAgeMs: undefined, window: undefined };
  }
  const checks = [
    judgeBase(subject, measure),
    judgeSchedule(subject, measure),
    judgeArchiving(subject, measure),
    judgeWindow(subject, measure),
    judgeRunning(subject, measure),
    judgeStore(subject, measure),
    judgeCredentials(subject, measure),
    judgeHistory(subject),
  ].filter((each): each is Check => each !== undefined);
  const last = lastGood(subject, measure.now);
  return {
    ...about,
    checks,
    state: worstOf(checks.map((each) => each.state)),
    baseAgeMs: last === undefined || last > measure.now ? undefined : measure.now - last,
    window: windowOf(subject, measure.now),
  };
}

/** One gap for each thing that could not be read, named once however many clusters it hides. */
function gapsOf({ databases, schedules, backups, stores, plugins, instances }: ClusterBackupFacts): BackupPicture["gaps"] {
  const gaps = [databases, schedules, backups, stores, plugins, instances].flatMap((each) => (each.ok ? [] : [{ source: each.source, error: each.error }]));
  return gaps.filter((gap, at) => gaps.findIndex((other) => other.source === gap.source) === at);
}

function zoneIn({ operatorTimeZone }: JudgeSettings): Zone {
  return operatorTimeZone === undefined ? utc : zoneOf(operatorTimeZone);
}

/** The worst first, then by name, so that two answers read alike. */
function byUrgency(a: BackupVerdict, b: BackupVerdict): number {
  return (
    verdictStates.indexOf(b.state) - verdictStates.indexOf(a.state) ||
    a.name.localeCompare(b.name) ||
    (a.namespace ?? "").localeCompare(b.namespace ?? "") ||
    (a.cluster ?? "").localeCompare(b.cluster ?? "")
  );
}
