/** What is done by the clock: each schedule's job, and what the room is told of it. */
import * as z from "zod";
import type { BackupActing } from "../backups/acting/prepare.ts";
import { drillResults } from "../backups/drill/result.ts";
import { changeLines } from "../backups/render/changes.ts";
import { dailyLine } from "../backups/render/daily.ts";
import type { BackupPicture, BackupVerdict } from "../backups/verdict.ts";
import type { View } from "../chat/command.ts";
import type { Line } from "../chat/line.ts";
import { clockTime, duration } from "../chat/render/units.ts";
import type { ScheduleSettings } from "../config/schedules.ts";
import type { StatusNeeds } from "../handlers/status.ts";
import type { RoomId } from "../ids.ts";
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

const pictureKind = "backup.picture";
const toldPicture = "told";

/** What was told last stands in the store, and is written in the transaction that tells what is new: neither twice nor not at all. */
async function checkBackups(needs: JobNeeds, due: Due, signal: AbortSignal): Promise<JobResult> {
  const picture = await lookAtBackups(needs, signal);
  const room = needs.room();
  if (room === undefined) throw new Error("the room that is to be told is not known yet");
  await needs.store.write(async (tx) => {
    const note = await tx.readNote(pictureKind, toldPicture);
    // Written by ourselves, in the same version or an older one of the same shape: what is not read so is told anew.
    const before: BackupPicture | undefined = note === undefined ? undefined : storedPicture(note.body);
    const lines = changeLines(before, picture);
    if (lines.length > 0) await say(tx, room, `backups/${due.at}`, lines, picture.at);
    await tx.saveNote({ kind: pictureKind, name: toldPicture, updatedAt: picture.at, body: JSON.stringify(picture) });
  });
  needs.wakeSender();
  return { outcome: "ok", words: dailyLine(picture) };
}

function storedPicture(body: string): BackupPicture | undefined {
  const value: unknown = JSON.parse(body);
  return isPicture(value) ? value : undefined;
}

function isPicture(value: unknown): value is BackupPicture {
  return z
    .object({ verdicts: z.array(z.object({ name: z.string(), checks: z.array(z.unknown()) })), gaps: z.array(z.unknown()), at: z.number() })
    .safeParse(value).success;
}

/** The PostgreSQL cluster whose last drill is longest ago; one a time, so that a crowded cluster has room for it. */
async function drillNext({ store, looks, acting, room }: JobNeeds, due: Due, signal: AbortSignal): Promise<JobResult> {
  const where = room();
  if (where === undefined) throw new Error("the room that is to be told is not known yet");
  const { verdicts } = await looks.look(signal);
  const last = new Map((await drillResults(store.read)).map((each) => [`${each.cluster}/${each.namespace}/${each.name}`, each.endedAt]));
  const candidates = verdicts.filter(({ cluster, baseAgeMs }) => cluster !== undefined && baseAgeMs !== undefined).map(wholeName);
  const [next] = candidates.toSorted((a, b) => (last.get(a) ?? 0) - (last.get(b) ?? 0) || (a < b ? -1 : 1));
  if (next === undefined) return { outcome: "failed", words: "there is no PostgreSQL cluster with a backup that could be restored" };
  const answer = await acting.drillUnasked(`schedule/backup-drill/${due.at}`, next, where, signal);
  return answer.kind === "refused" ? { outcome: "failed", words: `${next}: ${answer.words}` } : { outcome: "ok", words: `the drill of ${next} is begun` };
}

function wholeName({ cluster, namespace, name }: BackupVerdict): string {
  return `${cluster ?? ""}/${namespace ?? ""}/${name}`;
}

const memoryKind = "memory.watch";

async function watchNodes(needs: JobNeeds, due: Due, signal: AbortSignal): Promise<JobResult> {
  const { store, settings, status, view } = needs;
  const { now } = view();
  const picture = judge(await status.gather(signal), status.thresholds, now);
  const room = needs.room();
  const short = await store.write(async (tx) => {
    const note = await tx.readNote(memoryKind, "nodes");
    const before = memoryRecord.safeParse(note === undefined ? {} : JSON.parse(note.body)).data ?? {};
    const { after, news } = watchMemory(before, picture.nodes, settings().memory, now);
    // Told when there is somebody to tell.
    if (news.length > 0 && room === undefined) return Object.keys(before).length;
    if (news.length > 0 && room !== undefined) await say(tx, room, `memory/${due.at}`, renderMemoryNews(news, picture, view()), now);
    if (JSON.stringify(after) !== JSON.stringify(before)) await tx.saveNote({ kind: memoryKind, name: "nodes", updatedAt: now, body: JSON.stringify(after) });
    return Object.keys(after).length;
  });
  needs.wakeSender();
  const gaps = picture.gaps.length === 0 ? "" : `, ${picture.gaps.length} sources could not be read`;
  return {
    outcome: picture.nodes.length === 0 && picture.gaps.length > 0 ? "failed" : "ok",
    words: `${picture.nodes.length} nodes, ${short} short of memory${gaps}`,
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
  return { outcome: "ok", words: `${readings.length} certificates, ${news.length} to be looked after` };
}

async function tell(needs: JobNeeds, key: string, lines: readonly Line[]): Promise<void> {
  const room = needs.room();
  if (room === undefined) throw new Error("the room that is to be told is not known yet");
  await needs.store.write((tx) => say(tx, room, key, lines, needs.view().now));
  needs.wakeSender();
}

async function say(tx: Writes, room: RoomId, key: string, lines: readonly Line[], now: number): Promise<void> {
  for (const message of noticeTo([room], key, lines)) await tx.enqueue({ ...message, lane: "answer" }, now);
}
