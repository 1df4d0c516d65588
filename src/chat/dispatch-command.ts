/** One command's way: decide, run, and commit its answer, its audit line and “handled” together. */
import type { Clock } from "../clock.ts";
import { OpsroomError } from "../errors.ts";
import type { RoomId } from "../ids.ts";
import type { Log } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { AuditEntry, OutgoingMessage, PendingEvent, Store } from "../store/store.ts";
import { answerKey, answerMessages, refusalReaction } from "./answer.ts";
import type { BoundCommand } from "./bound-command.ts";
import type { View } from "./command.ts";
import { decide, type Decision } from "./decide.ts";
import { describeOrigin, type HeardEvent } from "./heard.ts";
import type { Line, Reply } from "./line.ts";
import { runWatched } from "./run-watched.ts";
import type { OpsRooms } from "./rooms.ts";
import type { StrangerBudget } from "./strangers.ts";
import type { AcceptFrom } from "../trust.ts";

export interface CommandNeeds {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly rooms: () => OpsRooms;
  readonly commands: () => ReadonlyMap<string, BoundCommand>;
  readonly strangers: StrangerBudget;
  readonly maxAgeMs: () => number;
  /** Whether the room is encrypted, or has to be. */
  readonly isEncrypted: (room: RoomId) => Promise<boolean>;
  /** From which devices commands are taken where it is. */
  readonly accept: AcceptFrom;
  readonly timeZone: () => string;
  /** The typing notice of what takes longer than a second. */
  readonly showTyping: (event: PendingEvent, typing: boolean, signal: AbortSignal) => Promise<void>;
  /** A read receipt, beside the work. */
  readonly showAttention: (event: PendingEvent, signal: AbortSignal) => Promise<void>;
  /** The outbox has something new. */
  readonly wakeSender: () => void;
}

/** Handles one message once; after a crash it is handled again, and its answer is still one. @throws what the store throws */
export async function dispatchCommand(event: HeardEvent, needs: CommandNeeds, signal: AbortSignal): Promise<void> {
  const { store, clock } = needs;
  const started = clock.now();
  const decision = decide(event, {
    rooms: needs.rooms(),
    commands: needs.commands(),
    now: started,
    maxAgeMs: needs.maxAgeMs(),
    encrypted: await needs.isEncrypted(event.room),
    accept: needs.accept,
  });
  switch (decision.kind) {
    case "ignore":
      await store.write((tx) => tx.finishEvent(event.eventId));
      return;
    case "stranger": {
      const shown = needs.strangers.take(event.sender, started);
      await finish(
        event,
        needs,
        shown ? [refusalReaction(event)] : [],
        shown ? entry(event, started, decision.name, "refused", "no role in this room") : undefined,
      );
      return;
    }
    case "run":
      await run(event, decision, needs, signal);
      return;
    case "distrusted":
    case "too-old":
    case "given-up":
    case "say":
    case "help": {
      const { reply, outcome, detail } = answerWithoutRunning(decision);
      await finish(event, needs, await firstOrEdit(event, reply, needs), entry(event, started, nameOf(decision), outcome, detail));
      return;
    }
    default:
      decision satisfies never;
  }
}

async function run(event: HeardEvent, decision: Extract<Decision, { readonly kind: "run" }>, needs: CommandNeeds, signal: AbortSignal): Promise<void> {
  const { clock, store, metrics, log } = needs;
  const started = clock.now();
  const { command, role, prepared } = decision;
  await store.write((tx) => tx.beginEvent(event.eventId));
  const view = (): View => ({ now: clock.now(), timeZone: needs.timeZone() });
  const [result] = await Promise.all([
    runWatched(event, { name: command.name, deadlineMs: command.deadlineMs, role, run: (asker) => prepared.run(asker, view) }, needs, signal),
    needs.showAttention(event, signal),
  ]);
  if (result.kind === "stopping") return;
  const reply = result.kind === "reply" ? result.reply : { room: faultLines(command.name, result.error) };
  const outcome = result.kind === "reply" ? "ok" : "failed";
  if (result.kind === "fault") {
    log.error({ err: result.error, command: command.name, event: event.eventId }, "a command failed");
    if (!(result.error instanceof OpsroomError)) metrics.fault("command");
  }
  const detail = result.kind === "reply" ? "" : result.error.message.slice(0, 300);
  await finish(event, needs, await firstOrEdit(event, reply, needs), entry(event, started, command.name, outcome, detail));
  metrics.command(command.name, outcome, (clock.now() - started) / 1000);
}

/** If “working…” was queued, in this life or an earlier one, the answer takes its place. */
async function firstOrEdit(event: HeardEvent, reply: Reply, { store }: CommandNeeds): Promise<readonly OutgoingMessage[]> {
  const standing = await store.read.outboxMessage(answerKey(event));
  return answerMessages(event, reply, standing === undefined ? "first" : "edit");
}

async function finish(
  event: HeardEvent,
  { store, clock, wakeSender }: CommandNeeds,
  messages: readonly OutgoingMessage[],
  audit: AuditEntry | undefined,
): Promise<void> {
  await store.write(async (tx) => {
    for (const message of messages) await tx.enqueue(message, clock.now());
    if (audit !== undefined) await tx.appendAudit(audit);
    await tx.finishEvent(event.eventId);
  });
  wakeSender();
}

function entry(event: HeardEvent, at: number, subject: string, outcome: AuditEntry["outcome"], detail: string): AuditEntry {
  return {
    at,
    actor: event.sender,
    action: outcome === "refused" ? "refused" : "command",
    subject: subject.slice(0, 64),
    room: event.room,
    eventId: event.eventId,
    outcome,
    detail: [detail, ...(event.origin === undefined ? [] : [describeOrigin(event.origin)])].filter((part) => part !== "").join("; "),
  };
}

type Spoken = Extract<Decision, { readonly kind: "distrusted" | "too-old" | "given-up" | "say" | "help" }>;

function nameOf(decision: Spoken): string {
  return decision.kind === "help" ? decision.command.name : decision.name;
}

function answerWithoutRunning(decision: Spoken): { readonly reply: Reply; readonly outcome: AuditEntry["outcome"]; readonly detail: string } {
  switch (decision.kind) {
    case "distrusted":
      return {
        reply: { room: [{ text: [`🔒 `, { code: `!${decision.name.slice(0, 40)}` }, ` was not run: ${decision.distrust.words}.`] }] },
        outcome: "refused",
        detail: decision.distrust.why,
      };
    case "too-old":
      return {
        reply: {
          room: [
            {
              text: [
                `⏰ I was away when you typed `,
                { code: `!${decision.name.slice(0, 40)}` },
                ` ${Math.round(decision.ageMs / 60_000)} min ago, so it was not run. If you still want it, type it again.`,
              ],
            },
          ],
        },
        outcome: "refused",
        detail: "typed while Opsroom was away",
      };
    case "given-up":
      return {
        reply: {
          room: [
            {
              text: `🔴 !${decision.name.slice(0, 40)} was begun ${decision.attempts} times, and Opsroom stopped each time before it was done. It is not tried again; the log says why.`,
            },
          ],
        },
        outcome: "failed",
        detail: `begun ${decision.attempts} times`,
      };
    case "say":
      return { reply: { room: [{ text: decision.text }] }, outcome: decision.outcome, detail: decision.text.slice(0, 200) };
    case "help":
      return {
        reply: {
          room: [
            { text: [{ code: decision.command.usage }] },
            { text: decision.command.summary },
            ...decision.command.examples.map((each): Line => ({ item: [{ code: each }] })),
          ],
        },
        outcome: "ok",
        detail: "help",
      };
    default:
      return decision satisfies never;
  }
}

/** An error as the room sees it: in words where a person can mend it, without its inside where it is a bug. */
function faultLines(name: string, error: Error): readonly Line[] {
  if (error instanceof OpsroomError)
    return [{ text: `🔴 !${name} could not be answered: ${error.message}`, strong: true }, { text: `${error.remedy} (${error.code})` }];
  return [{ text: `🔴 !${name} failed: this is a bug in Opsroom.`, strong: true }, { text: "Its log has the details; nothing was changed." }];
}
