import { expect, test } from "vitest";
import * as z from "zod";
import { bindCommand } from "../../../src/chat/bound-command.ts";
import { defineCommand, type Asker } from "../../../src/chat/command.ts";
import { dispatch, type DispatchNeeds } from "../../../src/chat/dispatch.ts";
import { strangerBudget } from "../../../src/chat/strangers.ts";
import { OpsroomError } from "../../../src/errors.ts";
import { silentLog } from "../../../src/observe/log.ts";
import { createMetrics } from "../../../src/observe/metrics.ts";
import type { PendingEvent, Store } from "../../../src/store/store.ts";
import { mallory, nadia, opsRoom, typedEvent } from "../../support/events.ts";
import { nothingEncrypted } from "../../support/clear-rooms.ts";
import { manualClock, type ManualClock } from "../../support/manual-clock.ts";
import { reopenableStore } from "../../support/temp-store.ts";

const never = new AbortController().signal;

function needsFor(store: Store, clock: ManualClock, work: (asker: Asker) => Promise<string>): DispatchNeeds {
  const command = defineCommand({
    name: "look",
    summary: "looks",
    examples: ["!look"],
    role: "viewer",
    args: z.object({}),
    positional: [],
    deadlineMs: 20_000,
    run: async (_args, _needs: object, asker) => work(asker),
    render: (answer) => ({ room: [{ text: answer }] }),
  });
  return {
    ...nothingEncrypted,
    store,
    clock,
    log: silentLog,
    metrics: createMetrics(clock.now),
    rooms: () => new Map([[opsRoom, { name: "ops", operators: new Map([[nadia, "operator"]]) }]]),
    commands: () => new Map([["look", bindCommand(command, {})]]),
    strangers: strangerBudget(),
    takers: [],
    maxAgeMs: () => 600_000,
    timeZone: () => "UTC",
    showAttention: async () => undefined,
    showTyping: async () => undefined,
    wakeSender: () => undefined,
  };
}

/** What would be sent now, in order: the text, and what it hangs on. */
async function outbox(store: Store): Promise<readonly string[]> {
  const rows = await store.read.sendable(Number.MAX_SAFE_INTEGER, 100);
  return rows.map((row) => `${row.relation?.kind ?? "-"}: ${typeof row.content["body"] === "string" ? row.content["body"] : ""}`);
}

async function accept(store: Store, event: PendingEvent): Promise<PendingEvent> {
  await store.write((tx) => tx.acceptEvents([event]));
  const [pending] = await store.read.pendingEvents(1);
  if (pending === undefined) throw new Error("nothing pending");
  return pending;
}

test("a quick answer is one message, and the event is done", async () => {
  const clock = manualClock();
  const given = await reopenableStore(clock);
  const event = await accept(given.store, typedEvent("!look", { sentAt: clock.now() }));

  await dispatch(
    event,
    needsFor(given.store, clock, async () => "all is well"),
    never,
  );

  expect(await outbox(given.store)).toEqual(["reply: all is well"]);
  expect(await given.store.read.pendingEvents(1)).toEqual([]);
  expect(await given.store.read.audit({ limit: 10 })).toMatchObject([{ actor: nadia, action: "command", subject: "look", outcome: "ok" }]);
});

test("what takes longer than a second shows “working…” and then becomes the answer", async () => {
  const clock = manualClock();
  const given = await reopenableStore(clock);
  const event = await accept(given.store, typedEvent("!look", { sentAt: clock.now() }));
  const work = Promise.withResolvers<string>();
  const handling = dispatch(
    event,
    needsFor(given.store, clock, () => work.promise),
    never,
  );

  await clock.advance(1100);
  expect(await outbox(given.store)).toEqual(["reply: ⏳ !look: working…"]);
  work.resolve("found it");
  await handling;

  expect(await outbox(given.store)).toEqual(["reply: found it"]);
});

test("killed after “working…” was sent: the next life edits that message instead of sending a second", async () => {
  const clock = manualClock();
  const given = await reopenableStore(clock);
  const event = await accept(given.store, typedEvent("!look", { sentAt: clock.now() }));
  const stop = new AbortController();
  const first = dispatch(
    event,
    needsFor(given.store, clock, async () => new Promise<string>(() => undefined)),
    stop.signal,
  );
  await clock.advance(1100);
  const [working] = await given.store.read.sendable(clock.now(), 1);
  if (working === undefined) throw new Error("no working message");
  await given.store.write(async (tx) => {
    await tx.seal(working.seq, working.content);
    await tx.markSent(working.seq, event.eventId, clock.now());
  });
  stop.abort(new Error("killed"));
  await first;

  const store = await given.reopen();
  const [again] = await store.read.pendingEvents(1);
  if (again === undefined) throw new Error("the event was forgotten");
  await dispatch(
    again,
    needsFor(store, clock, async () => "found it"),
    never,
  );

  expect(await outbox(store)).toEqual(["edit: found it"]);
});

test("a command that hangs is answered at its deadline, and its signal aborts", async () => {
  const clock = manualClock();
  const given = await reopenableStore(clock);
  const event = await accept(given.store, typedEvent("!look", { sentAt: clock.now() }));
  let aborted = false;
  const hang = async ({ signal }: Asker): Promise<string> => {
    signal.addEventListener("abort", () => {
      aborted = true;
    });
    return new Promise<string>(() => undefined);
  };
  const handling = dispatch(event, needsFor(given.store, clock, hang), never);
  await clock.advance(20_100);
  await handling;

  expect((await outbox(given.store)).join()).toContain("it took longer than 20 s");
  expect(aborted).toBe(true);
});

test("an error that a person can mend is said with its remedy; a bug is named as one, without its inside", async () => {
  const clock = manualClock();
  const given = await reopenableStore(clock);
  const known = await accept(given.store, typedEvent("!look", { sentAt: clock.now(), n: 1 }));
  await dispatch(
    known,
    needsFor(given.store, clock, async () => {
      throw new OpsroomError("OPSROOM_CLUSTER_FORBIDDEN", "may not list pods", "Add the rule.");
    }),
    never,
  );
  const bug = await accept(given.store, typedEvent("!look", { sentAt: clock.now(), n: 2 }));
  await dispatch(
    bug,
    needsFor(given.store, clock, async () => {
      throw new TypeError("x is undefined: canary-secret");
    }),
    never,
  );

  const first = await given.store.read.outboxMessage(`answer/${known.eventId}`);
  const second = await given.store.read.outboxMessage(`answer/${bug.eventId}`);
  expect(first?.content["body"]).toContain("may not list pods");
  expect(first?.content["body"]).toContain("Add the rule. (OPSROOM_CLUSTER_FORBIDDEN)");
  expect(second?.content["body"]).toContain("a bug in Opsroom");
  expect(second?.content["body"]).not.toContain("canary-secret");
});

test("a stranger gets one reaction and an audit line; after three an hour, nothing more", async () => {
  const clock = manualClock();
  const given = await reopenableStore(clock);
  const needs = needsFor(given.store, clock, async () => "never");
  for (let n = 1; n <= 5; n += 1) {
    await dispatch(await accept(given.store, typedEvent("!look", { sender: mallory, sentAt: clock.now(), n })), needs, never);
  }

  const depth = await given.store.read.outboxDepth();
  expect(depth.waiting).toBe(3);
  expect(await given.store.read.audit({ limit: 10 })).toHaveLength(3);
  expect(await given.store.read.pendingEvents(10)).toEqual([]);
});
