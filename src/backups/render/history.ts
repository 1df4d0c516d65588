/** The last Backup objects: when, how long, how they ended, how they were made. Pure. */
import type { View } from "../../chat/command.ts";
import type { Line, Reply } from "../../chat/line.ts";
import { clip, oneLine } from "../../chat/render/outside-text.ts";
import { clockTime, duration } from "../../chat/render/units.ts";
import type { BackupFacts } from "../facts.ts";
import { endOf, type BackupRecord } from "../records/backup.ts";
import { nameOf, type Named } from "./marks.ts";

export interface DatabaseHistory extends Named {
  /** Newest first. */
  readonly backups: readonly BackupRecord[];
}

/** Of each PostgreSQL cluster that has, or had, a Backup; and what could not be read, in words. */
export function historiesOf({ clusters }: BackupFacts): { readonly histories: readonly DatabaseHistory[]; readonly unread: readonly string[] } {
  const unread = clusters.flatMap(({ backups }) => (backups.ok ? [] : [`${backups.source}: ${backups.error}`]));
  const histories = clusters.flatMap(({ cluster, backups }) =>
    backups.ok && backups.value !== "absent"
      ? [...backups.value.entries()].map(([key, of]): DatabaseHistory => {
          const [namespace = "", name = ""] = key.split("/");
          return { cluster, namespace, name, backups: of.history };
        })
      : [],
  );
  return { histories: histories.toSorted((a, b) => a.name.localeCompare(b.name)), unread };
}

const mostInRoom = 8;
const mostInThread = 100;

export function renderHistory(histories: readonly DatabaseHistory[], unread: readonly string[], view: View): Reply {
  const all = histories.flatMap((history) => history.backups.map((backup) => ({ history, backup }))).toSorted((a, b) => begunAt(b.backup) - begunAt(a.backup));
  const several = histories.length > 1;
  const blind = unread.slice(0, 2).map((each): Line => ({ text: `⚪ not read: ${clip(oneLine(each), 200)}` }));
  if (all.length === 0) return { room: [{ text: unread.length > 0 ? "⚪ No Backup could be read." : "There is no Backup." }, ...blind] };
  const title = several
    ? `The last backups of ${histories.length} clusters`
    : `The last backups of ${histories[0] === undefined ? "?" : nameOf(histories[0], [])}`;
  const shown = all.slice(0, several ? mostInRoom - 1 : mostInRoom);
  const thread = all
    .slice(0, mostInThread)
    .map(({ history, backup }): Line => ({ item: sentence(backup, several ? `${nameOf(history, histories)}: ` : "", view) }));
  return {
    room: [
      { text: title, strong: true },
      ...shown.map(({ history, backup }): Line => ({ columns: [...rowOf(backup, view), ...(several ? [history.name] : [])] })),
      ...(all.length > shown.length ? [{ text: `… and ${all.length - shown.length} more, in the thread` }] : []),
      ...blind,
    ],
    thread,
  };
}

/** `🔴 23 Nov 03:00 12 min failed` */
function rowOf(backup: BackupRecord, view: View): readonly string[] {
  const began = begunAt(backup);
  const at = began === 0 ? "?" : clockTime(began, view).replace(/ \S+$/u, "");
  const took = tookMs(backup);
  return [`${emojiOf(backup)} ${backup.phase ?? "not begun"}`, at, took === undefined ? "?" : duration(took)];
}

function sentence(backup: BackupRecord, before: string, view: View): string {
  const began = begunAt(backup);
  const took = tookMs(backup);
  const parts = [
    `${emojiOf(backup)} ${before}${backup.name}: ${backup.phase ?? "not begun by anybody"}`,
    began === 0 ? "at an unknown time" : clockTime(began, view),
    ...(took === undefined ? [] : [`took ${duration(took)}`]),
    backup.plugin === undefined ? backup.method : `${backup.method} ${backup.plugin}`,
    ...(backup.error === undefined ? [] : [clip(oneLine(backup.error), 300)]),
  ];
  return parts.join(" · ");
}

function begunAt({ startedAt, createdAt }: BackupRecord): number {
  return startedAt ?? createdAt ?? 0;
}

function tookMs({ startedAt, stoppedAt }: BackupRecord): number | undefined {
  return startedAt === undefined || stoppedAt === undefined ? undefined : Math.max(0, stoppedAt - startedAt);
}

function emojiOf(backup: BackupRecord): string {
  const emojis = { good: "🟢", failed: "🔴", none: "⏳" } as const;
  return emojis[endOf(backup)];
}
