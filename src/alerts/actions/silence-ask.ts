/** A 🔕 was put on a message: what it would mute is looked up, and whoever put it is asked for how long. */
import * as z from "zod";
import type { DueTimer } from "../../store/alert-store.ts";
import type { EventId, RoomId, UserId } from "../../ids.ts";
import type { Line } from "../../chat/line.ts";
import type { Question } from "../../prompts/prompt.ts";
import type { Writes } from "../../store/store.ts";
import { AlertmanagerError } from "../alertmanager/error.ts";
import type { AlertGroup } from "../group.ts";
import { fromRecord } from "../live/stored-group.ts";
import type { Matcher } from "../matcher.ts";
import { titleOf } from "../render.ts";
import { causeOf, shortOf } from "./cause.ts";
import { defaultMatchers } from "./default-matchers.ts";
import type { ActionNeeds } from "./needs.ts";
import { previewLines, previewOf, type Preview } from "./preview.ts";
import { durationChoices } from "./silence-choices.ts";
import { eventId, roomId, userId } from "./silence-note.ts";
import { silenceKind, type SilencePayload } from "./silence-payload.ts";
import { sayInThread } from "./thread-line.ts";

const bodyShape = z.object({ group: z.string(), by: userId, room: roomId, reaction: eventId });

/** A question stands this long. */
export const askForMs = 10 * 60_000;

export const askKey = (cause: string): string => `silence.ask/${cause}`;

/** Asks later: looking it up takes as long as Alertmanager does. */
export async function setAsking(
  tx: Writes,
  about: { readonly group: string; readonly by: UserId; readonly room: RoomId; readonly reaction: EventId },
  now: number,
): Promise<void> {
  await tx.setTimer({ key: askKey(causeOf(about, about.reaction)), kind: "silence.ask", dueAt: now, body: JSON.stringify(about) });
}

/** Handler of timers of kind `silence.ask`. */
export function silenceAsk(needs: ActionNeeds): (timer: DueTimer, signal: AbortSignal) => Promise<void> {
  const { store, view, settings, prompts } = needs;
  return async (timer, signal) => {
    const { group: id, by, room, reaction } = bodyShape.parse(JSON.parse(timer.body));
    const record = await store.read.group(id);
    const group = record === undefined ? undefined : fromRecord(record);
    const presence = group?.rooms[room];
    const place = presence === undefined ? undefined : { room, thread: { key: presence.key } };
    if (group === undefined || group.status !== "firing" || place === undefined) {
      await store.write((tx) => tx.clearTimer(timer.key));
      return;
    }
    const found = await look(group, needs, signal);
    await store.write(async (tx) => {
      await tx.clearTimer(timer.key);
      if ("refusal" in found) await sayInThread(tx, place, `silence-${shortOf(reaction)}`, found.refusal, [by], view().now);
      else {
        const payload: SilencePayload = {
          source: group.source,
          matchers: [...found.matchers],
          by,
          ...place,
          comment: `${titleOf(group, settings())}: from the room`,
          reaction,
        };
        await prompts.ask(tx, { ...question(group, found, by, needs), id: causeOf({ group: id }, reaction), room, thread: place.thread, payload });
      }
    });
    needs.wakeSender();
  };
}

type Found = { readonly matchers: readonly Matcher[]; readonly preview: Preview } | { readonly refusal: readonly Line[] };

async function look(group: AlertGroup, { alertmanagers, settings }: ActionNeeds, signal: AbortSignal): Promise<Found> {
  const manager = alertmanagers().get(group.source);
  if (manager === undefined)
    return refusal(
      `I cannot silence what ${group.source} sends: the configuration has no Alertmanager for it.`,
      `Add alerts.sources[].alertmanager.url to ${group.source}.`,
    );
  const matchers = defaultMatchers(group, settings().severityLabel);
  if (matchers.length === 0)
    return refusal("These alerts have nothing in common that a silence could be about.", "Say what you mean: !silence MATCHERS DURATION COMMENT.");
  try {
    return { matchers, preview: await previewOf(manager, matchers, group.groupLabels, signal) };
  } catch (error) {
    if (!(error instanceof AlertmanagerError)) throw error;
    return refusal(`I cannot silence it now: ${error.message}.`, `${error.remedy} Then put 🔕 anew.`);
  }
}

function refusal(what: string, remedy: string): Found {
  return { refusal: [{ text: `🔕 ${what}`, strong: true }, { text: remedy }] };
}

function question(
  group: AlertGroup,
  { matchers, preview }: Extract<Found, { readonly preview: Preview }>,
  by: UserId,
  { view, settings }: ActionNeeds,
): Omit<Question, "id" | "room" | "thread" | "payload"> {
  return {
    kind: silenceKind,
    lines: [{ text: `🔕 Silence ${titleOf(group, settings())}, and for how long?`, strong: true }, ...previewLines(matchers, preview, "group")],
    choices: durationChoices(view()),
    people: [by],
    needed: 1,
    notBy: undefined,
    free: true,
    deadlineAt: view().now + askForMs,
  };
}
