import { expect, test } from "vitest";
import { OpsroomError } from "../../../../src/errors.ts";
import { parseEventId, parseRoomId, type EventId } from "../../../../src/ids.ts";
import { MatrixFailure } from "../../../../src/matrix/failure.ts";
import { deliver, type Delivery, type DeliverNeeds } from "../../../../src/matrix/outbox/deliver.ts";
import type { Envelopes, Manner } from "../../../../src/matrix/outbox/envelopes.ts";
import { contentBytes, mostContentBytes } from "../../../../src/matrix/outbox/fit.ts";
import { silentLog } from "../../../../src/observe/log.ts";
import type { OutgoingMessage, Store } from "../../../../src/store/store.ts";
import { opsRoom } from "../../../support/events.ts";
import { manualClock } from "../../../support/manual-clock.ts";
import { tempStore } from "../../../support/temp-store.ts";

interface Put {
  readonly type: string;
  readonly transaction: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/** A room whose ciphertext can be seen through: what it holds, and how often something was encrypted. */
class Bench {
  readonly puts: Put[] = [];
  readonly clock = manualClock();
  manner: () => Manner = () => ({ kind: "encrypted" });
  encrypt: () => void = () => undefined;
  trouble: () => Error | undefined = () => undefined;
  encrypted = 0;
  readonly store: Store;

  constructor(store: Store) {
    this.store = store;
  }

  async queue(message: Partial<OutgoingMessage> & { readonly key: string }): Promise<void> {
    const whole: OutgoingMessage = { room: opsRoom, lane: "answer", type: "m.room.message", content: { msgtype: "m.notice", body: message.key }, ...message };
    await this.store.write((tx) => tx.enqueue(whole, this.clock.now()));
  }

  async deliver(): Promise<Delivery | undefined> {
    const [row] = await this.store.read.sendable(this.clock.now() + 1e9, 1);
    return row === undefined ? undefined : await deliver(row, this.#needs(), new AbortController().signal);
  }

  #needs(): DeliverNeeds {
    const nothing = (): void => undefined;
    const envelopes: Envelopes = {
      manner: async () => this.manner(),
      encrypt: async (_, type, content) => {
        this.encrypt();
        this.encrypted += 1;
        const relation = content["m.relates_to"];
        const held = Buffer.from(JSON.stringify({ type, content })).toString("base64");
        return { ciphertext: `${this.encrypted}:${held}`, ...(relation === undefined ? {} : { "m.relates_to": relation }) };
      },
    };
    return {
      api: {
        send: async (_, type, transaction, content) => this.#take({ type, transaction, content }),
        redact: async (_, event, transaction) => this.#take({ type: "m.room.redaction", transaction, content: { redacts: event } }),
        joinedRooms: async () => [],
      },
      envelopes,
      store: this.store,
      clock: this.clock,
      random: () => 0,
      log: silentLog,
      metrics: { messageSent: nothing, rateLimited: nothing, apiFailure: nothing },
    };
  }

  #take(put: Put): EventId {
    this.puts.push(put);
    const trouble = this.trouble();
    if (trouble !== undefined) throw trouble;
    return parseEventId(`$${this.puts.length}`);
  }
}

const bench = async (): Promise<Bench> => new Bench(await tempStore());
const away = (): MatrixFailure => new MatrixFailure("unreachable", "502");
/** What an event holds. */
function opened({ content }: Put): { readonly type: string; readonly content: Readonly<Record<string, unknown>> } {
  const { ciphertext } = content;
  return typeof ciphertext === "string" ? JSON.parse(Buffer.from(ciphertext.split(":")[1] ?? "", "base64").toString()) : { type: "clear", content };
}

test("tried again, it is the same ciphertext under the same transaction id, encrypted once", async () => {
  const at = await bench();
  await at.queue({ key: "m" });
  at.trouble = away;
  await at.deliver();
  await at.deliver();
  at.trouble = () => undefined;
  await at.deliver();

  expect(at.encrypted).toBe(1);
  expect(new Set(at.puts.map((put) => JSON.stringify(put))).size).toBe(1);
  expect(at.puts).toHaveLength(3);
});

test("edits and threads are encrypted with their relation beside the ciphertext; reactions and redactions go in clear", async () => {
  const at = await bench();
  await at.queue({ key: "m" });
  await at.deliver();
  await at.queue({ key: "edit", relation: { kind: "edit", of: { key: "m" } } });
  await at.queue({ key: "thread", relation: { kind: "thread", root: { key: "m" } } });
  await at.queue({ key: "tap", type: "m.reaction", content: {}, relation: { kind: "reaction", to: { key: "m" }, emoji: "👀" } });
  await at.queue({ key: "gone", content: {}, relation: { kind: "redaction", of: { key: "m" } } });
  for (let left = 4; left > 0; left -= 1) await at.deliver();

  expect(at.puts.map(({ type }) => type)).toEqual(["m.room.encrypted", "m.room.encrypted", "m.room.encrypted", "m.reaction", "m.room.redaction"]);
  const [, edit, thread] = at.puts;
  if (edit === undefined || thread === undefined) throw new Error("not sent");
  expect(edit.content["m.relates_to"]).toEqual({ rel_type: "m.replace", event_id: "$1" });
  expect(opened(edit)).toMatchObject({ type: "m.room.message", content: { "m.new_content": { body: "edit" } } });
  expect(thread.content["m.relates_to"]).toMatchObject({ rel_type: "m.thread", event_id: "$1" });
  expect(thread.content).not.toHaveProperty("body");
});

test.each([
  ["the room's state cannot be read", () => away()],
  ["the state is forbidden to nobody but refused oddly", () => new MatrixFailure("refused", "400 M_UNKNOWN", { status: 400 })],
  ["the state's place is not found", () => new MatrixFailure("not-found", "404")],
  ["our keys are gone", () => new OpsroomError("OPSROOM_CRYPTO_CORRUPT", "damaged", "reset")],
])("while %s, nothing is sent and nothing is lost", async (_, fault) => {
  const at = await bench();
  await at.queue({ key: "m" });
  at.manner = () => {
    throw fault();
  };

  expect(await at.deliver()).toMatchObject({ kind: "held" });
  expect(at.puts).toEqual([]);

  at.manner = () => ({ kind: "encrypted" });
  await at.deliver();
  expect(at.puts.map(({ type }) => type)).toEqual(["m.room.encrypted"]);
});

test("what cannot be encrypted now stays as it was, and an edit still changes it", async () => {
  const at = await bench();
  await at.queue({ key: "m" });
  at.encrypt = () => {
    throw away();
  };
  expect(await at.deliver()).toMatchObject({ kind: "held", unreachable: true });
  await at.queue({ key: "edit", relation: { kind: "edit", of: { key: "m" } } });
  at.encrypt = () => undefined;
  await at.deliver();

  expect(at.puts.map((put) => opened(put).content["body"])).toEqual(["edit"]);
});

test("sealed in clear before its room was encrypted, it goes on encrypted, under the same transaction id", async () => {
  const at = await bench();
  await at.queue({ key: "m" });
  at.manner = () => ({ kind: "clear" });
  at.trouble = away;
  await at.deliver();

  at.manner = () => ({ kind: "encrypted" });
  at.trouble = () => undefined;
  await at.deliver();

  expect(at.puts.map(({ type }) => type)).toEqual(["m.room.message", "m.room.encrypted"]);
  expect(new Set(at.puts.map(({ transaction }) => transaction)).size).toBe(1);
  expect(at.puts.map((put) => opened(put).content["body"])).toEqual(["m", "m"]);
});

test("a room that must not be spoken in gets nothing, not even reactions; others are not held up", async () => {
  const at = await bench();
  await at.queue({ key: "m" });
  await at.queue({ key: "tap", type: "m.reaction", content: {}, relation: { kind: "reaction", to: { event: parseEventId("$x") }, emoji: "👀" } });
  await at.queue({ key: "elsewhere", room: parseRoomId("!other") });
  at.manner = () => ({ kind: "refused", why: "not encrypted" });
  await at.deliver();
  await at.deliver();
  at.manner = () => ({ kind: "clear" });
  await at.deliver();

  expect(at.puts.map(({ content }) => content["body"])).toEqual(["elsewhere"]);
  expect((await at.store.read.outboxMessage("m"))?.state).toBe("dropped");
});

test("however much is to be said, the encrypted event is small enough for a homeserver", async () => {
  const at = await bench();
  await at.queue({
    key: "m",
    content: { msgtype: "m.notice", body: "ж".repeat(40_000), format: "org.matrix.custom.html", formatted_body: "x".repeat(50_000) },
  });
  await at.deliver();

  const [put] = at.puts;
  if (put === undefined) throw new Error("not sent");
  expect(contentBytes(put.content)).toBeLessThanOrEqual(mostContentBytes);
  expect(opened(put).content["body"]).toMatch(/cut: too long/u);
});
