import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseEventId } from "../../src/ids.ts";
import type { OutboxRow, Store } from "../../src/store/store.ts";
import { acting, editOf, found, message, queue, start, type MakeBed } from "./store-bed.ts";

/** What a sender and its callers may do, in any order. Messages are few, so that edits meet them in every state. */
type Act = { readonly kind: "say" | "edit" | "edit again"; readonly of: number } | { readonly kind: "seal" | "sent" | "lost reply" };

const acts: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constantFrom("say" as const, "edit" as const, "edit again" as const), of: fc.integer({ min: 0, max: 2 }) }),
  fc.record({ kind: fc.constantFrom("seal" as const, "sent" as const, "lost reply" as const) }),
);

export function outboxPropertyContract(makeBed: MakeBed): void {
  test(
    "whatever is said, edited, sealed and sent, the room shows each message's last state, and no transaction is sent twice",
    { timeout: 60_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(acts, { maxLength: 25 }), async (sequence) => {
          await using bed = await makeBed();
          await using store = await acting(bed);
          const room = imaginedRoom(store);
          const last = new Map<string, string>();
          let edits = 0;
          for (const act of sequence) {
            switch (act.kind) {
              case "say": {
                const key = `m${act.of}`;
                await queue(store, message(key, { content: { body: "said" } }));
                if (!last.has(key)) last.set(key, "said");
                break;
              }
              case "edit": {
                const key = `m${act.of}`;
                if (!last.has(key)) break;
                edits += 1;
                await queue(store, editOf(key, `${key}/${edits}`, `edit ${edits}`));
                last.set(key, `edit ${edits}`);
                break;
              }
              case "edit again":
                // What was queued before is queued once more, as after a crash: an old edit must not come back.
                for (let edit = 1; edit <= edits; edit += 1)
                  if ((await store.read.outboxMessage(`m${act.of}/${edit}`)) !== undefined)
                    await queue(store, editOf(`m${act.of}`, `m${act.of}/${edit}`, `edit ${edit}`));
                break;
              case "seal":
                await room.seal();
                break;
              case "sent":
                await room.deliver();
                break;
              case "lost reply":
                await room.deliverWithoutReply();
                break;
            }
          }
          while (await room.deliver());

          expect(room.shown()).toEqual(last);
          expect(await store.read.outboxDepth()).toEqual({ waiting: 0, oldestAt: undefined });
        }),
        { numRuns: 40 },
      );
    },
  );
}

/** A homeserver that takes a transaction id once, and a sender that does as the outbox says. */
function imaginedRoom(store: Store) {
  const taken = new Map<string, { readonly eventId: string; readonly body: unknown }>();
  const bodies = new Map<string, string>();
  const keyOfEvent = new Map<string, string>();

  const seal = async (): Promise<OutboxRow | undefined> => {
    const [row] = await store.read.sendable(start, 1);
    if (row === undefined) return undefined;
    const sealed = row.state === "sealed" || (await store.write((tx) => tx.seal(row.seq, row.content, row.revision)));
    expect(sealed).toBe(true);
    return row;
  };
  const put = async (row: OutboxRow): Promise<string> => {
    const before = taken.get(row.transactionId);
    expect(before?.body ?? row.content["body"]).toBe(row.content["body"]);
    if (before !== undefined) return before.eventId;
    const eventId = `$${taken.size}`;
    taken.set(row.transactionId, { eventId, body: row.content["body"] });
    keyOfEvent.set(eventId, row.key);
    const of = row.relation?.kind === "edit" && "key" in row.relation.of ? (await found(store, row.relation.of.key)).eventId : undefined;
    bodies.set(of === undefined ? row.key : (keyOfEvent.get(of) ?? "?"), String(row.content["body"]));
    return eventId;
  };
  const deliver = async (): Promise<boolean> => {
    const row = await seal();
    if (row === undefined) return false;
    const eventId = await put(row);
    await store.write((tx) => tx.markSent(row.seq, parseEventId(eventId), start));
    return true;
  };
  const deliverWithoutReply = async (): Promise<void> => {
    const row = await seal();
    if (row !== undefined) await put(row);
  };
  return { seal, deliver, deliverWithoutReply, shown: () => bodies };
}
