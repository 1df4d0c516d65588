/** ❌ on the message of a drill: it is stopped, and cleaned up after. */
import { plainEmoji } from "../../chat/emoji.ts";
import type { ReactionTaker } from "../../chat/reactions.ts";
import { mayAct } from "../../chat/roles.ts";
import { messageKey, messagePrefix } from "../acting/message.ts";
import type { ActingNeeds } from "../acting/needs.ts";
import { drillKey, drillTimerKind, readDrill, saveDrill } from "./record.ts";
import { whatOf } from "./render.ts";

export function drillStopper({ view, wakeTimers }: Pick<ActingNeeds, "view" | "wakeTimers">): ReactionTaker {
  return {
    prefix: messagePrefix,
    reacted: async (tx, { key, emoji, by, room, event }, role) => {
      const record = await readDrill(tx);
      if (record === undefined || key !== messageKey(record.id) || plainEmoji(emoji) !== plainEmoji("❌") || !mayAct(role, "operator")) return undefined;
      if (record.step === "cleaning" || record.failure !== undefined) return undefined;
      const { now } = view();
      await saveDrill(tx, { ...record, failure: { words: `stopped by ${by}`, aborted: true } }, now);
      await tx.setTimer({ key: drillKey(record.id), kind: drillTimerKind, dueAt: now, body: "{}" });
      wakeTimers();
      return {
        at: now,
        actor: by,
        action: "backup.drill.stop",
        subject: whatOf(record).slice(0, 64),
        room,
        eventId: event,
        outcome: "ok",
        detail: record.place.name,
      };
    },
    unreacted: async () => undefined,
    removed: async () => undefined,
  };
}
