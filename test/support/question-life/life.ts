/** One question's life in a room: the store is real, the process can be killed at each of its writes, the homeserver's part is played. */
import { bindCommand } from "../../../src/chat/bound-command.ts";
import { dispatch, type DispatchNeeds } from "../../../src/chat/dispatch.ts";
import { plainEmoji } from "../../../src/chat/emoji.ts";
import type { OpsRooms } from "../../../src/chat/rooms.ts";
import { strangerBudget } from "../../../src/chat/strangers.ts";
import { confirm } from "../../../src/handlers/confirm.ts";
import { parseEventId, parseRoomId, type EventId, type UserId } from "../../../src/ids.ts";
import { silentLog } from "../../../src/observe/log.ts";
import { createMetrics } from "../../../src/observe/metrics.ts";
import type { FoundVote } from "../../../src/prompts/catch-up.ts";
import type { Prompt, Question } from "../../../src/prompts/prompt.ts";
import { createPrompts, type Prompts } from "../../../src/prompts/service.ts";
import { fromRecord } from "../../../src/prompts/stored-prompt.ts";
import type { DueTimer } from "../../../src/store/alert-store.ts";
import type { InboxEvent, Store } from "../../../src/store/store.ts";
import { nothingEncrypted } from "../clear-rooms.ts";
import { Killed, killableStore } from "../killable-store.ts";
import { manualClock } from "../manual-clock.ts";
import { must } from "../must.ts";
import type { Act } from "./acts.ts";
import { asked, askedForMs, choices, everybody, goodForMs, minute, nadia, oleg, opsroom, rolesAtFirst } from "./cast.ts";
import { questionRules } from "./rules.ts";

export interface Database {
  current: Store;
  readonly reopen: () => Promise<Store>;
}

interface Said {
  readonly event: InboxEvent;
  readonly choice: string | undefined;
  readonly emoji: string | undefined;
  /** The homeserver has it still. */
  standing: boolean;
}

const start = Date.UTC(2026, 5, 12, 12);
const never = new AbortController().signal;
const metrics = createMetrics(() => start);
const nothing = (): undefined => undefined;
let events = 0;
let codes = 0;

/** @param run names room and question: lives may share a database @returns the question at its end @throws when a rule was broken on the way */
export async function liveThrough(run: number, acts: readonly Act[], given: Pick<Question, "needed" | "notBy" | "free">, database: Database): Promise<Prompt> {
  const room = parseRoomId(`!ops${run}:a`);
  const other = parseRoomId(`!other${run}:a`);
  const base = manualClock(start);
  let offset = run * 1000 * minute;
  const clock = { ...base, now: () => base.now() + offset };
  const roles = new Map(rolesAtFirst);
  const mayAct = (user: UserId): boolean => roles.has(user) && roles.get(user) !== "viewer";
  const rooms = (): OpsRooms => new Map([room, other].map((each) => [each, { name: each, operators: roles }]));
  const deadlineAt = clock.now() + askedForMs;
  const payload = { homeserver: "roglog", run };
  const lines = [{ text: "Move roglog?" }];
  const question: Question = {
    id: `move/${run}`,
    kind: "move",
    room,
    lines,
    choices,
    people: asked,
    deadlineAt,
    goodForMs,
    thread: undefined,
    payload,
    ...given,
  };
  const message = parseEventId(`$question${run}`);
  const said: Said[] = [];
  const takenBack = new Set<EventId>();

  const look = async (): Promise<Prompt | undefined> => {
    const record = await database.current.read.prompt(question.id);
    return record === undefined ? undefined : fromRecord(record);
  };
  const timers = async (): Promise<readonly DueTimer[]> =>
    (await database.current.read.dueTimers(Number.MAX_SAFE_INTEGER, 1000)).filter((each) => each.key.endsWith(`/${question.id}`));
  const rules = questionRules({
    question,
    now: clock.now,
    mayAct,
    causes: () => said.map(({ event, choice }) => ({ event: event.eventId, by: event.sender, choice })),
    takenBack: (event) => takenBack.has(event),
  });
  const check = async (): Promise<void> => {
    const prompt = await look();
    if (prompt === undefined) return;
    const handing = (await timers()).filter((each) => each.kind === "answered.move").length;
    const effects = (await database.current.read.notes("effect", 100_000)).filter((each) => each.name.startsWith(`${question.id}/`));
    rules({ prompt, handing, done: effects.map((each): unknown => JSON.parse(each.body)) });
  };

  // ── the process, and its death ──
  const make = (): Prompts =>
    createPrompts({
      store: killable.store,
      account: opsroom,
      view: () => ({ now: clock.now(), timeZone: "UTC" }),
      // Few codes, so that they come again.
      random: () => 0.5 + ((codes += 1) % 4) / 64,
      roleOf: (where, user) => rooms().get(where)?.operators.get(user),
      wakeSender: nothing,
      wakeTimers: nothing,
    });
  let killable = killableStore(database.current, check);
  let prompts = make();
  const restart = (): void => {
    killable = killableStore(database.current, check);
    prompts = make();
  };
  const surviving = async (doing: () => Promise<unknown>): Promise<void> => {
    try {
      await doing();
    } catch (error) {
      const causes: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
      if (!causes.every((each) => each instanceof Killed)) throw error;
      restart();
    }
  };
  const needs = (): DispatchNeeds => ({
    ...nothingEncrypted,
    store: killable.store,
    clock,
    log: silentLog,
    metrics,
    rooms,
    commands: () => new Map([["confirm", bindCommand(confirm, { prompts: () => prompts })]]),
    takers: [prompts.taker],
    strangers: strangerBudget(),
    maxAgeMs: () => 10 * minute,
    timeZone: () => "UTC",
    showTyping: async () => undefined,
    showAttention: async () => undefined,
    wakeSender: nothing,
  });
  const work = async (): Promise<void> => {
    for (const pending of await database.current.read.pendingEvents(100)) await dispatch(pending, needs(), never);
  };
  /** As a feature does it: what is allowed is recorded together with its being used. */
  const actOn = async (timer: DueTimer): Promise<void> => {
    if (timer.kind === "prompt.deadline") return prompts.onDeadline(timer);
    await killable.store.write(async (tx) => {
      await tx.clearTimer(timer.key);
      const taken = await prompts.take(tx, question.id);
      const name = `${question.id}/${(events += 1)}`;
      if (taken !== undefined) await tx.saveNote({ kind: "effect", name, updatedAt: clock.now(), body: JSON.stringify(taken.payload) });
    });
  };
  const runTimers = async (): Promise<void> => {
    for (const timer of await timers()) if (timer.dueAt <= clock.now()) await actOn(timer);
  };
  const ask = async (): Promise<void> => surviving(async () => killable.store.write((tx) => prompts.ask(tx, question)));

  // ── people, and the homeserver ──
  const accept = async (event: InboxEvent): Promise<void> => {
    const redacts = event.room === room ? event.content["redacts"] : undefined;
    const [fresh] = await database.current.write((tx) => tx.acceptEvents([event]));
    if (fresh !== undefined && typeof redacts === "string") takenBack.add(parseEventId(redacts));
  };
  const event = (sender: UserId, type: string, content: Record<string, unknown>, where = room): InboxEvent => {
    const eventId = parseEventId(`$${(events += 1)}`);
    return { eventId, room: where, sender, type, sentAt: clock.now(), content, late: false };
  };
  const react = async (by: UserId, emoji: string, heard: boolean): Promise<void> => {
    const made = event(by, "m.reaction", { "m.relates_to": { rel_type: "m.annotation", event_id: message, key: emoji } });
    const choice = choices.find((each) => plainEmoji(each.emoji ?? "") === plainEmoji(emoji))?.name;
    said.push({ event: made, choice, emoji, standing: true });
    if (heard) await accept(made);
  };
  /** In another room it is a lie: the homeserver keeps the event. */
  const redact = async (which: number, heard: boolean, elsewhere: boolean): Promise<void> => {
    const what = said.filter((each) => each.standing)[which];
    if (what === undefined) return;
    if (!elsewhere) what.standing = false;
    const redaction = event(what.event.sender, "m.room.redaction", { redacts: what.event.eventId }, elsewhere ? other : room);
    if (heard) await accept(redaction);
  };
  const type = async (by: UserId, code: string, word: string): Promise<void> => {
    const made = event(by, "m.room.message", { msgtype: "m.text", body: `!confirm ${code} ${word}` });
    said.push({ event: made, choice: word, emoji: undefined, standing: true });
    await accept(made);
  };
  /** Newest first, as Synapse answers. */
  const relations = (): readonly FoundVote[] =>
    said
      .filter((each) => each.emoji !== undefined && each.standing)
      .map(({ event: { eventId, sender, sentAt }, emoji }) => ({ event: eventId, by: sender, emoji: emoji ?? "", at: sentAt }))
      .toReversed();

  await ask();
  await database.current.write(async (tx) => {
    const row = await tx.readOutbox(`prompt/${question.id}`);
    if (row === undefined) throw new Error("nothing was asked");
    await tx.seal(row.seq, row.content);
    await tx.markSent(row.seq, message, clock.now());
  });
  await react(opsroom, "❌", false);
  const code = (await look())?.code ?? "";

  const happen = async (each: Act): Promise<void> => {
    switch (each.do) {
      case "react":
        return react(everybody[each.who] ?? nadia, each.emoji, each.heard);
      case "redact":
        return redact(each.which, each.heard, each.elsewhere);
      case "type":
        return type(everybody[each.who] ?? nadia, code, each.word);
      case "repeat": {
        const again = said.find((one) => one.standing && one.event.sender !== opsroom);
        return again === undefined ? undefined : accept(again.event);
      }
      case "work":
        return surviving(work);
      case "timers":
        return surviving(runTimers);
      case "catchUp":
        return surviving(async () =>
          prompts.catchUp(async (where) => {
            const found = where === room ? relations() : [];
            if (each.meanwhile === "redact") await redact(each.between, true, false);
            if (each.meanwhile === "react") await react(everybody[each.between] ?? nadia, "✅", true);
            if (each.meanwhile !== "nothing") await work();
            return found;
          }),
        );
      case "kill":
        return killable.killAt(each.writes, each.death);
      case "clock":
        offset += each.minutes * minute;
        return undefined;
      case "role": {
        const who = everybody[each.who] ?? nadia;
        if (!roles.delete(who)) roles.set(who, "operator");
        return undefined;
      }
      case "reopen":
        database.current = await database.reopen();
        return restart();
      case "remove":
        return accept(event(oleg, "m.room.redaction", { redacts: message }));
      case "ask":
        return ask();
      default:
        return each satisfies never;
    }
  };
  for (const each of acts) await happen(each);

  // In the end everything is handled, and nothing stays open.
  restart();
  await work();
  await runTimers();
  offset += 2 * askedForMs + 100 * minute;
  for (let rounds = 0; rounds < 3; rounds += 1) await runTimers();
  await check();
  const end = await look();
  if (end === undefined) throw new Error("the question is gone");
  must(end.status !== "open" && (end.status !== "answered" || end.answer?.yes === false), "it has an end");
  must((await timers()).length === 0, "nothing is left to be done");
  must((await database.current.read.pendingEvents(10)).length === 0, "everything was heard");
  await emptyOutbox(database.current);
  return end;
}

async function emptyOutbox(store: Store): Promise<void> {
  for (;;) {
    const rows = await store.read.sendable(Number.MAX_SAFE_INTEGER, 100);
    if (rows.length === 0) return;
    await store.write(async (tx) => {
      for (const row of rows) {
        await tx.seal(row.seq, row.content);
        await tx.markSent(row.seq, parseEventId(`$sent${row.seq}`), start);
      }
    });
  }
}
