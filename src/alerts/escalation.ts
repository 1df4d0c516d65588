/** Nobody has acknowledged: others are mentioned, each step at its time, also after a restart. */
import * as z from "zod";
import type { View } from "../chat/command.ts";
import { renderContent } from "../chat/render/content.ts";
import { isUserId, type RoomId, type UserId } from "../ids.ts";
import type { DueTimer } from "../store/alert-store.ts";
import type { Store, Writes } from "../store/store.ts";
import type { AlertGroup, GroupChange } from "./group.ts";
import type { Living } from "./living.ts";
import { escalationsFor } from "./ping.ts";
import type { AlertSettings } from "./settings.ts";

/** One timer a group, whatever the number of steps: clearing it ends the escalation. */
function escalationKey(group: string): string {
  return `escalate/${group}`;
}

const stepShape = z.object({ episode: z.number(), step: z.number() });
const laterShape = z.object({ episode: z.number(), people: z.array(z.string()) });

/** Called with whatever has changed: begins with the episode, ends with it. */
export async function setEscalation(tx: Writes, group: AlertGroup, changes: readonly GroupChange[], settings: AlertSettings, now: number): Promise<void> {
  if (group.status === "resolved" || group.acknowledged !== undefined) {
    await tx.clearTimer(escalationKey(group.id));
    await tx.clearTimer(`ping/${group.id}`);
    return;
  }
  const relevant = changes.some((change) => change.kind === "began" || change.kind === "worse");
  if (relevant) await setStep(tx, group, 0, settings, now);
}

async function setStep(tx: Writes, group: AlertGroup, step: number, settings: AlertSettings, from: number): Promise<void> {
  const next = escalationsFor(group, settings)[step];
  if (next === undefined) return;
  const earlier = step === 0 ? 0 : (escalationsFor(group, settings)[step - 1]?.afterMs ?? 0);
  const body = JSON.stringify({ episode: group.episode, step });
  await tx.setTimer({ key: escalationKey(group.id), kind: "alert.escalate", dueAt: from + Math.max(0, next.afterMs - earlier), body });
}

/** Mentions that quiet hours have put off. */
export async function setLaterPing(tx: Writes, group: AlertGroup, later: { readonly at: number; readonly people: readonly UserId[] }): Promise<void> {
  const body = JSON.stringify({ episode: group.episode, people: later.people });
  await tx.setTimer({ key: `ping/${group.id}`, kind: "alert.ping", dueAt: later.at, body });
}

export interface EscalationNeeds {
  readonly store: Pick<Store, "write">;
  readonly living: Pick<Living, "load">;
  readonly settings: () => AlertSettings;
  readonly view: () => View;
  /** Rooms of the moment: one that was left gets nothing. */
  readonly rooms: () => ReadonlyMap<string, RoomId>;
  readonly wakeSender: () => void;
}

/** Handlers of the timers that are set here, by kind. */
export function escalationHandlers(needs: EscalationNeeds): Readonly<Record<string, (timer: DueTimer) => Promise<void>>> {
  const groupOf = (timer: DueTimer): string => timer.key.slice(timer.key.indexOf("/") + 1);
  return {
    "alert.escalate": async (timer) => {
      const { episode, step } = stepShape.parse(JSON.parse(timer.body));
      await needs.store.write(async (tx) => {
        await tx.clearTimer(timer.key);
        const group = await needs.living.load(tx, groupOf(timer));
        const due = group === undefined ? undefined : escalationsFor(group, needs.settings())[step];
        if (group === undefined || due === undefined || !stillMatters(group, episode)) return;
        const minutes = Math.round((needs.view().now - group.heardAt) / 60_000);
        await mention(tx, group, `escalate${step}`, `⏰ Nobody has acknowledged this for ${minutes} min.`, due.people, needs);
        await setStep(tx, group, step + 1, needs.settings(), needs.view().now);
      });
      needs.wakeSender();
    },
    "alert.ping": async (timer) => {
      const { episode, people } = laterShape.parse(JSON.parse(timer.body));
      await needs.store.write(async (tx) => {
        await tx.clearTimer(timer.key);
        const group = await needs.living.load(tx, groupOf(timer));
        if (group === undefined || !stillMatters(group, episode)) return;
        await mention(tx, group, `ping${episode}`, "🌅 The quiet hours are over, and this still fires.", people.filter(isUserId), needs);
      });
      needs.wakeSender();
    },
  };
}

function stillMatters(group: AlertGroup, episode: number): boolean {
  return group.status === "firing" && group.episode === episode && group.acknowledged === undefined && group.silence === undefined;
}

/** In the thread of each of its messages. */
async function mention(tx: Writes, group: AlertGroup, name: string, text: string, people: readonly UserId[], { view, rooms }: EscalationNeeds): Promise<void> {
  const content = renderContent([{ text: `${text} ${people.join(" ")}`.trim() }], { mentions: people, notice: false });
  for (const room of new Set(rooms().values())) {
    const presence = group.rooms[room];
    if (presence === undefined) continue;
    const root = { key: presence.key };
    const key = `${presence.key}/${name}-${group.episode}`;
    await tx.enqueue({ key, room, lane: "critical", type: "m.room.message", content, relation: { kind: "thread", root } }, view().now);
  }
}
