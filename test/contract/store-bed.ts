/** What a contract test gets: a fresh database that several handles can be opened on. */
import type { OpsroomError } from "../../src/errors.ts";
import { parseEventId, parseRoomId, parseUserId, type RoomId } from "../../src/ids.ts";
import type { StoreOptions } from "../../src/store/open.ts";
import type { AuditEntry, InboxEvent, OutboxRow, OutgoingMessage, Store } from "../../src/store/store.ts";

export interface StoreBed extends AsyncDisposable {
  /** Another handle on the same database, as another instance would have. */
  readonly open: (options?: Partial<Pick<StoreOptions, "outboxLimit">>) => Promise<Store>;
  /** For opening it from another process. */
  readonly location: Readonly<Record<string, string>>;
  /** Runs SQL past the store and its guards, as somebody with the database's password might. */
  readonly tamper: (...statements: readonly string[]) => Promise<void>;
  /** Lets the lease run out now. */
  readonly expireLease: () => Promise<void>;
  readonly clock: { at: number; readonly now: () => number };
}

export type MakeBed = () => Promise<StoreBed>;

export const start = Date.UTC(2026, 5, 12, 15);
export const ttlMs = 15_000;
export const ops = parseRoomId("!ops:example.org");
export const other = parseRoomId("!other:example.org");
export const nadia = parseUserId("@nadia:example.org");

export function testClock(): StoreBed["clock"] {
  const clock = { at: start, now: () => clock.at };
  return clock;
}

/** A handle that holds the lease. */
export async function acting(bed: StoreBed, options: Parameters<StoreBed["open"]>[0] = {}): Promise<Store> {
  const store = await bed.open(options);
  if ((await store.lease.acquire("one", ttlMs)) === undefined) throw new Error("somebody holds the lease");
  return store;
}

export function event(name: string, changes: Partial<InboxEvent> = {}): InboxEvent {
  return {
    eventId: parseEventId(`$${name}`),
    room: ops,
    sender: nadia,
    type: "m.room.message",
    sentAt: start,
    content: { body: name },
    late: false,
    ...changes,
  };
}

export function message(key: string, changes: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return { key, room: ops, lane: "answer", type: "m.room.message", content: { body: key }, ...changes };
}

export const editOf = (target: string, key: string, body = key): OutgoingMessage =>
  message(key, { content: { body }, relation: { kind: "edit", of: { key: target } } });

export function entry(detail: string, changes: Partial<AuditEntry> = {}): AuditEntry {
  return { at: start, actor: nadia, action: "command", subject: "status", room: ops, eventId: undefined, outcome: "ok", detail, ...changes };
}

export async function queue(store: Store, ...messages: readonly OutgoingMessage[]): Promise<void> {
  await store.write(async (tx) => {
    for (const each of messages) await tx.enqueue(each, start);
  });
}

export async function found(store: Store, key: string): Promise<OutboxRow> {
  const row = await store.read.outboxMessage(key);
  if (row === undefined) throw new Error(`no message ${key}`);
  return row;
}

export async function seal(store: Store, key: string): Promise<OutboxRow> {
  const row = await found(store, key);
  await store.write((tx) => tx.seal(row.seq, row.content, row.revision));
  return row;
}

/** Seals it and says that the homeserver took it. */
export async function send(store: Store, key: string, now = start): Promise<void> {
  const { seq } = await seal(store, key);
  await store.write((tx) => tx.markSent(seq, parseEventId(`$sent-${key}`), now));
}

export async function sendableKeys(store: Store, now = start): Promise<readonly string[]> {
  return (await store.read.sendable(now, 10)).map((row) => row.key);
}

/** What a promise is rejected with, for looking at. */
export async function rejection(promise: Promise<unknown>): Promise<OpsroomError> {
  return await promise.then(
    () => {
      throw new Error("was not rejected");
    },
    (error: OpsroomError) => error,
  );
}

export function rooms(count: number): readonly RoomId[] {
  return Array.from({ length: count }, (_, index) => parseRoomId(`!room${index}:example.org`));
}
