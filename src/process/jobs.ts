/** What is done by the clock: each schedule's job, and what the room is told of it. */
import type { BackupActing } from "../backups/acting/prepare.ts";
import { drillResults } from "../backups/drill/result.ts";
import { changeLines } from "../backups/render/changes.ts";
import { dailyLine } from "../backups/render/daily.ts";
import { readTold, saveTold } from "../backups/told.ts";
import type { BackupPicture, BackupVerdict } from "../backups/verdict.ts";
import type { View } from "../chat/command.ts";
import type { Line } from "../chat/line.ts";
import { counted, clockTime, duration } from "../chat/render/units.ts";
import type { ScheduleSettings } from "../config/schedules.ts";
import type { StatusNeeds } from "../handlers/status.ts";
import type { RoomId } from "../ids.ts";
import { jsonOf } from "../json.ts";
import type { ScheduleName } from "../schedule/names.ts";
import type { Due, JobResult } from "../schedule/schedule.ts";
import { judgeCertificates, type CertificateReading } from "../status/certificates.ts";
import { judge } from "../status/judge.ts";
import { memoryRecord, watchMemory } from "../status/memory-watch.ts";
import { renderMemoryNews } from "../status/render/memory-news.ts";
import type { Store, Writes } from "../store/store.ts";
import type { Looks } from "./backups.ts";
import { noticeTo } from "./notices.ts";

export interface JobNeeds {
  readonly store: Pick<Store, "read" | "write">;
  readonly settings: () => ScheduleSettings;
  readonly view: () => View;
  /** The room that is told; `undefined` while it is not known. */
  readonly room: () => RoomId | undefined;
  readonly looks: Looks;
  readonly status: Pick<StatusNeeds, "gather" | "thresholds">;
  readonly acting: Pick<BackupActing, "drillUnasked">;
  /** Certificates of the servers that this configuration names. */
  readonly readCertificates: (signal: AbortSignal) => Promise<readonly CertificateReading[]>;
  readonly expiryMs: () => number;
  readonly onPicture: (picture: BackupPicture) => void;
  readonly wakeSender: () => void;
}

type Work = (needs: JobNeeds, due: Due, signal: AbortSignal) => Promise<JobResult>;

/** By schedule. A job that fails is told by `!schedules` and the metrics, and is tried again when it is next due. */
export const jobs: Readonly<Record<ScheduleName, Work>> = {
  "backup-check": checkBackups,
  "backup-daily": async (needs, due, signal) => {
    const words = dailyLine(await lookAtBackups(needs, signal));
    await tell(needs, `daily/${due.at}`, [{ text: words }]);
    return { outcome: "ok", words };
  },
  "backup-drill": drillNext,
  "memory-watch": watchNodes,
  certificates: lookAtCertificates,
};

async function lookAtBackups({ looks, onPicture }: JobNeeds, signal: AbortSignal): Promise<BackupPicture> {
  const picture = await looks.look(signal);
  onPicture(picture);
  return picture;
}

/** What was told last stands in the store, and is written in the transaction that tells what is new: neither twice nor not at all. */
async function checkBackups(needs: JobNeeds, due: Due, signal: AbortSignal): Promise<JobResult> {
  const picture = await lookAtBackups(needs, signal);
  const room = roomOf(needs);
  await needs.store.write(async (tx) => {
    const lines = changeLines(await readTold(tx), picture);
    // Run again after a kill it may have something new to say: that has a key of its own.
    if (lines.length > 0) await say(tx, room, `backups/${due.at}/${picture.at}`, lines, picture.at);
    await saveTold(tx, picture);
  });
  needs.wakeSender();
  return { outcome: "ok", words: dailyLine(picture) };
}

/** One a time, so that a crowded cluster has room for it: whose last drill is longest ago, unless that one cannot be drilled. */
async function drillNext(needs: JobNeeds, due: Due, signal: AbortSignal): Promise<JobResult> {
  const { store, looks, acting } = needs;
  const room = roomOf(needs);
  const { verdicts } = await looks.look(signal);
  const last = new Map((await drillResults(store.read)).map((each) => [`${each.cluster}/${each.namespace}/${each.name}`, each.endedAt]));
  const candidates = verdicts.filter(({ cluster, baseAgeMs }) => cluster !== undefined && baseAgeMs !== undefined).map(wholeName);
  const refused: string[] = [];
  for (const next of candidates.toSorted((a, b) => (last.get(a) ?? 0) - (last.get(b) ?? 0) || (a < b ? -1 : 1))) {
    signal.throwIfAborted();
    const answer = await acting.drillUnasked(`schedule/backup-drill/${due.at}`, next, room, signal);
    if (answer.kind !== "refused") return { outcome: "ok", words: [`the drill of ${next} is begun`, ...refused].join("; ") };
    refused.push(`${next}: ${answer.words}`);
  }
  return { outcome: "failed", words: refused.length > 0 ? refused.join("; ") : "there is no PostgreSQL cluster with a backup that could be restored" };
}

function wholeName({ cluster, namespace, name }: BackupVerdict): string {
  return `${cluster ?? ""}/${namespace ?? ""}/${name}`;
}

const memoryKind = "memory.watch";

async function watchNodes(needs: JobNeeds, due: Due, signal: AbortSignal): Promise<JobResult> {
  const { store, settings, status, view } = needs;
  const { now } = view();
  const picture = judge(await status.gather(signal), status.thresholds, now);
  const short = await store.write(async (tx) => {
    const note = await tx.readNote(memoryKind, "nodes");
    const before = memoryRecord.safeParse(jsonOf(note?.body ?? "{}")).data ?? {};
    const { after, news } = watchMemory(before, picture.nodes, settings().memory, now);
    // As with backups: run again it may have other news.
    if (news.length > 0) await say(tx, roomOf(needs), `memory/${due.at}/${now}`, renderMemoryNews(news, picture, view()), now);
    if (JSON.stringify(after) !== JSON.stringify(before)) await tx.saveNote({ kind: memoryKind, name: "nodes", updatedAt: now, body: JSON.stringify(after) });
    return Object.keys(after).length;
  });
  needs.wakeSender();
  const gaps = picture.gaps.length === 0 ? "" : `, ${counted(picture.gaps.length, "source")} could not be read`;
  return {
    outcome: picture.nodes.length === 0 && picture.gaps.length > 0 ? "failed" : "ok",
    words: `${counted(picture.nodes.length, "node")}, ${short} short of memory${gaps}`,
  };
}

async function lookAtCertificates(needs: JobNeeds, due: Due, signal: AbortSignal): Promise<JobResult> {
  const view = needs.view();
  const readings = await needs.readCertificates(signal);
  const inWords = (at: number): string => (at <= view.now ? `${duration(view.now - at)} ago` : `in ${duration(at - view.now)}, ${clockTime(at, view)}`);
  const news = judgeCertificates(readings, needs.expiryMs(), view.now, inWords);
  const marks = { ended: "🔴", ends: "🟡", unread: "⚪" } as const;
  if (news.length > 0)
    await tell(
      needs,
      `certificates/${due.at}`,
      news.map(({ state, text }) => ({ text: `${marks[state]} ${text}` })),
    );
  return { outcome: "ok", words: `${counted(readings.length, "certificate")}, ${news.length} to be looked after` };
}

async function tell(needs: JobNeeds, key: string, lines: readonly Line[]): Promise<void> {
  const room = roomOf(needs);
  await needs.store.write((tx) => say(tx, room, key, lines, needs.view().now));
  needs.wakeSender();
}

/** @throws while it is not known: the job has failed, says `!schedules`, and what it had to tell is told by a later one */
function roomOf({ room }: JobNeeds): RoomId {
  const known = room();
  if (known === undefined) throw new Error("the room that is to be told is not known yet");
  return known;
}

async function say(tx: Writes, room: RoomId, key: string, lines: readonly Line[], now: number): Promise<void> {
  for (const message of noticeTo([room], key, lines)) await tx.enqueue({ ...message, lane: "answer" }, now);
}
