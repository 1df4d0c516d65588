/** `!backup drill NAME`: asked, answered, begun. */
import * as z from "zod";
import type { Asker } from "../../chat/command.ts";
import type { Line } from "../../chat/line.ts";
import { renderContent } from "../../chat/render/content.ts";
import type { RoomId, UserId } from "../../ids.ts";
import type { Choice } from "../../prompts/prompt.ts";
import type { DueTimer } from "../../store/alert-store.ts";
import type { Writes } from "../../store/store.ts";
import type { DrillAnswer } from "../answers.ts";
import { findDatabase, wholeName, type FoundDatabase } from "../acting/find-database.ts";
import { runIdOf } from "../acting/labels.ts";
import { show } from "../acting/message.ts";
import type { ActingNeeds } from "../acting/needs.ts";
import { prepareDrill, type PreparedDrill } from "./prepare.ts";
import { drillKey, drillTimerKind, readDrill, saveDrill, type DrillRecord } from "./record.ts";
import { progressLines, questionLines, whatOf } from "./render.ts";

export const drillPromptKind = "drill";
/** A question stands this long. */
const askForMs = 10 * 60_000;

const choices: readonly Choice[] = [
  { name: "yes", emoji: "✅", label: "restore it", yes: true },
  { name: "no", emoji: "❌", label: "leave it", yes: false },
];
/** The backup is not in it: a newer one that came meanwhile is what was meant. */
const payloadShape = z.object({ whole: z.string(), run: z.string(), namespace: z.string(), at: z.number().optional() });
const answeredShape = z.object({ prompt: z.string() });

/** @param name as typed @param at milliseconds since 1970 */
export async function askForDrill(
  name: string | undefined,
  at: number | undefined,
  asker: Pick<Asker, "event" | "room" | "user" | "signal">,
  needs: ActingNeeds,
): Promise<DrillAnswer> {
  const run = runIdOf(asker.event);
  const found = await findDatabase(name, needs, asker.signal);
  if ("refusal" in found) return { kind: "refused", words: found.refusal };
  const whole = wholeName(found);
  const standing = await needs.prompts.read(promptId(run));
  // The same message, handled before a crash.
  if (standing !== undefined) return { kind: standing.status === "open" ? "asked" : "begun", name: whole };
  const prepared = await prepareDrill(run, found, at, needs, asker.signal);
  if ("refusal" in prepared) return { kind: "refused", words: prepared.refusal };
  const { plan, settings, storage } = prepared;
  await needs.store.write((tx) =>
    needs.prompts.ask(tx, {
      id: promptId(run),
      kind: drillPromptKind,
      room: asker.room,
      lines: questionLines(whole, plan, { namespace: settings.namespace, memory: settings.memory, storage }, needs.view()),
      choices,
      people: [asker.user],
      needed: 1,
      notBy: undefined,
      free: false,
      deadlineAt: needs.view().now + askForMs,
      thread: undefined,
      payload: { whole, run, namespace: settings.namespace, ...(at === undefined ? {} : { at }) },
    }),
  );
  needs.wakeSender();
  return { kind: "asked", name: whole };
}

/** Without a question: the configuration has answered it. @param cause the same again is the same drill */
export async function drillUnasked(cause: string, name: string | undefined, room: RoomId, needs: ActingNeeds, signal: AbortSignal): Promise<DrillAnswer> {
  const run = runIdOf(cause);
  const found = await findDatabase(name, needs, signal);
  if ("refusal" in found) return { kind: "refused", words: found.refusal };
  const prepared = await prepareDrill(run, found, undefined, needs, signal);
  if ("refusal" in prepared) return { kind: "refused", words: prepared.refusal };
  const begun = await needs.store.write((tx) => begin(tx, run, found, prepared, room, undefined, needs));
  needs.wakeSender();
  needs.wakeTimers();
  return begun === "begun" ? { kind: "begun", name: wholeName(found) } : { kind: "refused", words: begun };
}

/** Handler of timers of kind `answered.drill`. */
export function drillAnswered(needs: ActingNeeds): (timer: DueTimer, signal: AbortSignal) => Promise<void> {
  return async (timer, signal) => {
    const id = answeredShape.parse(JSON.parse(timer.body)).prompt;
    const prompt = await needs.prompts.read(id);
    if (prompt?.status !== "answered" || prompt.answer?.yes !== true) {
      await needs.store.write((tx) => tx.clearTimer(timer.key));
      return;
    }
    const { whole, run, namespace, at } = payloadShape.parse(prompt.payload);
    const [by] = prompt.answer.by;
    const found = await findDatabase(whole, needs, signal);
    const prepared = "refusal" in found ? found : await prepareDrill(run, found, at, needs, signal);
    await needs.store.write(async (tx) => {
      await tx.clearTimer(timer.key);
      if ((await needs.prompts.take(tx, id)) === undefined) return;
      const refusal =
        "refusal" in prepared
          ? prepared.refusal
          : prepared.place.namespace !== namespace
            ? "The configuration has changed since it was asked. Ask anew."
            : "refusal" in found
              ? found.refusal
              : await begin(tx, run, found, prepared, prompt.room, by, needs);
      if (refusal !== "begun") await sayRefused(tx, run, prompt.room, whole, refusal, by, needs.view().now);
    });
    needs.wakeSender();
    needs.wakeTimers();
  };
}

/** @returns why not */
async function begin(
  tx: Writes,
  run: string,
  { cluster, record }: FoundDatabase,
  { plan, objects, settings, place }: PreparedDrill,
  room: RoomId,
  by: UserId | undefined,
  needs: ActingNeeds,
): Promise<string> {
  const open = await readDrill(tx);
  if (open?.id === run) return "begun";
  if (open !== undefined) return `The drill of ${whatOf(open)} is under way. Wait for its end.`;
  const view = needs.view();
  const made: DrillRecord = {
    id: run,
    cluster,
    source: { namespace: record.namespace, name: record.name },
    place,
    backup: { endedAt: plan.backup.endedAt, ...(plan.backup.name === undefined ? {} : { name: plan.backup.name }) },
    ...(plan.at === undefined ? {} : { at: plan.at }),
    objects: { secrets: objects.secrets.map(copyOf), objectStore: objects.objectStore, cluster: objects.cluster },
    by,
    begunAt: view.now,
    deadlineAt: view.now + settings.deadlineMs,
    step: "copying",
    answers: [],
    message: { room, edits: 0, shown: "" },
  };
  const message = await show(tx, run, made.message, progressLines(made, undefined, view), view.now);
  await saveDrill(tx, { ...made, message }, view.now);
  await tx.setTimer({ key: drillKey(run), kind: drillTimerKind, dueAt: view.now, body: "{}" });
  await tx.appendAudit({
    at: view.now,
    actor: by ?? "opsroom",
    action: "backup.drill",
    subject: whatOf(made).slice(0, 64),
    room,
    eventId: undefined,
    outcome: "ok",
    detail: `${plan.backup.name ?? "the newest backup"} into ${place.namespace}/${place.name}`.slice(0, 300),
  });
  return "begun";
}

function copyOf({ name, keys, to }: PreparedDrill["objects"]["secrets"][number]): DrillRecord["objects"]["secrets"][number] {
  return { name, to, keys: keys === "all" ? keys : [...keys] };
}

async function sayRefused(tx: Writes, run: string, room: RoomId, whole: string, why: string, by: UserId | undefined, now: number): Promise<void> {
  const lines: readonly Line[] = [{ text: `🧪 The drill of ${whole} was not begun: ${why}` }];
  const content = renderContent(lines, { mentions: by === undefined ? [] : [by] });
  const relation = { kind: "thread", root: { key: `prompt/${promptId(run)}` } } as const;
  await tx.enqueue({ key: `backup/${run}/refused`, room, lane: "answer", type: "m.room.message", content, relation }, now);
}

const promptId = (run: string): string => `drill/${run}`;
