/** The watch that watches: an alert that fires always (`Watchdog`) is a heartbeat, and its absence is the news. */
import * as z from "zod";
import type { View } from "../chat/command.ts";
import type { Line } from "../chat/line.ts";
import { renderContent } from "../chat/render/content.ts";
import { clockTime, duration } from "../chat/render/units.ts";
import type { RoomId } from "../ids.ts";
import type { DueTimer, Note } from "../store/alert-store.ts";
import type { Store, Writes } from "../store/store.ts";
import type { Delivery } from "./delivery.ts";
import { matchesAll } from "./matcher.ts";
import type { AlertSettings, WatchdogSettings } from "./settings.ts";

/** Kind of the notes that hold a source's last heartbeat, by its name. */
export const heartbeatKind = "heartbeat";

const beatShape = z.object({
  /** Of the last heartbeat; of the start of the watch when none was heard yet. */
  at: z.number(),
  everHeard: z.boolean(),
  /** Grows with each silence: names its message. */
  silences: z.number(),
  /** The room in which it was said that nothing is heard; undefined while it is. */
  saidIn: z.string().optional(),
});
export type Heartbeat = z.infer<typeof beatShape>;

export function readHeartbeat(note: Pick<Note, "body">): Heartbeat {
  return beatShape.parse(JSON.parse(note.body));
}

export function withoutHeartbeats(
  delivery: Delivery,
  { matchers }: Pick<WatchdogSettings, "matchers">,
): { readonly rest: Delivery | undefined; readonly beats: boolean } {
  const isBeat = (alert: Delivery["alerts"][number]): boolean => matchesAll(alert.labels, matchers);
  const beats = delivery.alerts.filter(isBeat);
  if (beats.length === 0) return { rest: delivery, beats: false };
  const alerts = delivery.alerts.filter((alert) => !isBeat(alert));
  // One that is resolved says that the rules are not evaluated any more: no heartbeat.
  return { rest: alerts.length === 0 ? undefined : { ...delivery, alerts }, beats: beats.some((alert) => alert.status === "firing") };
}

/** A heartbeat was heard: the watch begins anew, and what was said of a silence is put right. */
export async function heard(tx: Writes, source: string, watchdog: WatchdogSettings, at: number, view: View): Promise<void> {
  const before = await readIn(tx, source);
  if (before?.saidIn !== undefined) {
    const lines: readonly Line[] = [{ text: `✅ ${source} is heard again since ${clockTime(at, view)}; it was silent for ${duration(at - before.at)}.` }];
    const key = messageKey(source, before.silences);
    const edit = { kind: "edit", of: { key } } as const;
    const room = (await tx.readOutbox(key))?.room;
    if (room !== undefined)
      await tx.enqueue(
        { key: `${key}/e1`, room, lane: "critical", type: "m.room.message", content: renderContent(lines, { mentions: [] }), relation: edit },
        view.now,
      );
  }
  await save(tx, source, { at: Math.max(at, before?.at ?? at), everHeard: true, silences: before?.silences ?? 0 }, view.now);
  await watch(tx, source, at + watchdog.afterMs);
}

export interface WatchdogNeeds {
  readonly store: Pick<Store, "write">;
  readonly settings: () => AlertSettings;
  readonly view: () => View;
  readonly rooms: () => ReadonlyMap<string, RoomId>;
  /** Since when this instance listens: what was sent while nothing listened is not the source's silence. */
  readonly listeningSince: number;
  readonly wakeSender: () => void;
}

/** Begins to watch the sources that were never heard, and forgets those that are not configured any more. */
export async function startWatching({ store, settings, view, listeningSince }: WatchdogNeeds): Promise<void> {
  await store.write(async (tx) => {
    for (const { name, watchdog } of settings().sources) {
      if (watchdog === undefined) {
        await tx.clearTimer(timerKey(name));
        continue;
      }
      const before = await readIn(tx, name);
      if (before === undefined) await save(tx, name, { at: view().now, everHeard: false, silences: 0 }, view().now);
      if (before?.saidIn === undefined) await watch(tx, name, Math.max(before?.at ?? 0, listeningSince) + watchdog.afterMs);
    }
  });
}

/** Handler of the timers of kind `alert.watchdog`: nothing was heard in time. */
export function watchdogHandler({ store, settings, view, rooms, listeningSince, wakeSender }: WatchdogNeeds): (timer: DueTimer) => Promise<void> {
  return async (timer) => {
    const source = timer.key.slice(timerKey("").length);
    const watchdog = settings().sources.find((each) => each.name === source)?.watchdog;
    await store.write(async (tx) => {
      const beat = await readIn(tx, source);
      if (watchdog === undefined || beat === undefined || beat.saidIn !== undefined) {
        await tx.clearTimer(timer.key);
        return;
      }
      const { now } = view();
      const due = Math.max(beat.at, listeningSince) + watchdog.afterMs;
      const room = rooms().get(watchdog.room) ?? rooms().get(settings().defaultRoom);
      if (now < due || room === undefined) {
        await watch(tx, source, Math.max(due, now + 5000));
        return;
      }
      await tx.clearTimer(timer.key);
      const since = beat.everHeard ? `since ${clockTime(beat.at, view())}` : "ever yet";
      const lines: readonly Line[] = [
        { text: `🔴 No heartbeat from ${source} for ${duration(now - beat.at)}`, strong: true },
        {
          text: `The alert that always fires was not heard ${since}. Alerts from ${source} may not reach this room: look at its Prometheus, its Alertmanager, and the way from there to me.${watchdog.mention.length === 0 ? "" : ` ${watchdog.mention.join(" ")}`}`,
        },
      ];
      const key = messageKey(source, beat.silences + 1);
      const content = renderContent(lines, { mentions: watchdog.mention, notice: false });
      await tx.enqueue({ key, room, lane: "critical", type: "m.room.message", content }, now);
      await save(tx, source, { ...beat, silences: beat.silences + 1, saidIn: room }, now);
    });
    wakeSender();
  };
}

function timerKey(source: string): string {
  return `watchdog/${source}`;
}

function messageKey(source: string, silence: number): string {
  return `watchdog/${source}/${silence}`;
}

async function watch(tx: Writes, source: string, dueAt: number): Promise<void> {
  await tx.setTimer({ key: timerKey(source), kind: "alert.watchdog", dueAt, body: "{}" });
}

async function readIn(tx: Writes, source: string): Promise<Heartbeat | undefined> {
  const note = await tx.readNote(heartbeatKind, source);
  return note === undefined ? undefined : readHeartbeat(note);
}

async function save(tx: Writes, source: string, beat: Heartbeat, now: number): Promise<void> {
  await tx.saveNote({ kind: heartbeatKind, name: source, updatedAt: now, body: JSON.stringify(beat) });
}
