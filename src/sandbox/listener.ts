/** Hears everything said in one room, gaps read back, in order and once each. */
import * as z from "zod";
import { systemClock, type Clock } from "../clock.ts";
import { ChatError, roomPath, type ChatClient, type ChatEvent } from "./client.ts";

const event = z.object({
  event_id: z.string(),
  sender: z.string(),
  type: z.string(),
  content: z.record(z.string(), z.unknown()),
  origin_server_ts: z.number(),
  state_key: z.string().optional(),
});
const timeline = z.object({ events: z.array(event), limited: z.boolean().optional(), prev_batch: z.string().optional() });
const room = z.object({
  timeline: timeline.optional(),
  ephemeral: z.object({ events: z.array(z.object({ type: z.string(), content: z.record(z.string(), z.unknown()) })) }).optional(),
});
const rooms = z.record(z.string(), room).optional();
const syncAnswer = z.object({ next_batch: z.string(), rooms: z.object({ join: rooms, leave: rooms }).optional() });
const page = z.object({ chunk: z.array(event), end: z.string().optional() });

export interface Listener {
  /** All that was heard since the listener began, oldest first; the newest ten thousand. */
  readonly heard: () => readonly ChatEvent[];
  /** The first event, heard already or still to come, that is what `wanted` says. Rejects after `timeoutMs`. */
  readonly waitFor: (wanted: (event: ChatEvent) => boolean, timeoutMs?: number) => Promise<ChatEvent>;
  /** Who types now, without oneself. */
  readonly typing: () => readonly string[];
  /** Calls `tell` with each event from now on; until the returned function is called. */
  readonly onEvent: (tell: (event: ChatEvent) => void) => () => void;
  /** Rejects when the room cannot be heard any more; resolves after {@link close}. */
  readonly done: Promise<void>;
  readonly close: () => Promise<void>;
}

export interface ListenOptions {
  readonly clock?: Clock;
  /** Begin with what the room had already, not only with what is new. */
  readonly fromStart?: boolean;
  /** Events one sync may bring; the rest is read back. Small ones test that. */
  readonly timelineLimit?: number;
}

const keptAtMost = 10_000;
const pollMs = 25_000;

/** Begins to hear `roomId`, in which the client is; returns once the first sync is done. */
export async function listen(client: ChatClient, roomId: string, options: ListenOptions = {}): Promise<Listener> {
  const clock = options.clock ?? systemClock;
  const stop = new AbortController();
  const events: ChatEvent[] = [];
  const known = new Set<string>();
  const listeners = new Set<(event: ChatEvent) => void>();
  const failures = new Set<(error: unknown) => void>();
  let typing: readonly string[] = [];
  const filter = JSON.stringify({
    room: { rooms: [roomId], timeline: { limit: options.timelineLimit ?? 100 }, state: { types: [] }, account_data: { types: [] } },
    account_data: { types: [] },
    presence: { types: [] },
  });

  const sync = async (since: string | undefined): Promise<z.infer<typeof syncAnswer>> => {
    const query = new URLSearchParams({ filter, timeout: String(since === undefined ? 0 : pollMs), ...(since === undefined ? {} : { since }) });
    return syncAnswer.parse(await client.request("GET", `/_matrix/client/v3/sync?${query.toString()}`, undefined, stop.signal));
  };
  const take = (found: z.infer<typeof event>): void => {
    if (known.has(found.event_id)) return;
    known.add(found.event_id);
    const whole: ChatEvent = { ...found, room_id: roomId };
    events.push(whole);
    if (events.length > keptAtMost) known.delete(events.shift()?.event_id ?? "");
    for (const tell of listeners) tell(whole);
  };
  const digest = async (answer: z.infer<typeof syncAnswer>, since: string | undefined): Promise<void> => {
    const found = answer.rooms?.join?.[roomId] ?? answer.rooms?.leave?.[roomId];
    if (found === undefined) return;
    const batch = found.timeline;
    if (batch?.limited === true && batch.prev_batch !== undefined)
      for (const older of await gap(client, roomId, batch.prev_batch, since, stop.signal)) take(older);
    for (const each of batch?.events ?? []) take(each);
    const users = found.ephemeral?.events.findLast((each) => each.type === "m.typing")?.content["user_ids"];
    if (Array.isArray(users)) typing = users.filter((user) => typeof user === "string" && user !== client.userId);
  };

  const first = await sync(undefined);
  if (options.fromStart === true) await digest(first, undefined);
  const loop = follow(first.next_batch, sync, digest, clock, stop.signal);
  const done = loop.catch((error: unknown) => {
    if (stop.signal.aborted) return;
    for (const fail of failures) fail(error);
    throw error;
  });
  // Whoever waits is told by `failures`; who only listens asks `done`.
  done.catch(() => undefined);

  return {
    heard: () => events,
    typing: () => typing,
    onEvent: (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    waitFor: async (wanted, timeoutMs = 10_000) => {
      const before = events.find(wanted);
      return before ?? waitForNext(wanted, timeoutMs, { clock, listeners, failures });
    },
    done,
    close: async () => {
      stop.abort();
      await done.catch(() => undefined);
    },
  };
}

type Sync = (since: string) => Promise<z.infer<typeof syncAnswer>>;

async function follow(
  first: string,
  sync: Sync,
  digest: (answer: z.infer<typeof syncAnswer>, since: string) => Promise<void>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  let since = first;
  while (!signal.aborted) {
    try {
      const answer = await sync(since);
      await digest(answer, since);
      since = answer.next_batch;
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ChatError && error.status < 500 && error.status !== 429) throw error;
      await clock.sleep(200, signal).catch(() => undefined);
    }
  }
}

/** Oldest first. */
async function gap(client: ChatClient, roomId: string, from: string, to: string | undefined, signal: AbortSignal): Promise<z.infer<typeof event>[]> {
  const found: z.infer<typeof event>[] = [];
  let cursor: string | undefined = from;
  while (cursor !== undefined && found.length < keptAtMost) {
    const query: URLSearchParams = new URLSearchParams({ dir: "b", limit: "100", from: cursor, ...(to === undefined ? {} : { to }) });
    const answer: z.infer<typeof page> = page.parse(await client.request("GET", `${roomPath(roomId)}/messages?${query.toString()}`, undefined, signal));
    found.push(...answer.chunk);
    cursor = answer.chunk.length === 0 ? undefined : answer.end;
  }
  return found.toReversed();
}

async function waitForNext(
  wanted: (event: ChatEvent) => boolean,
  timeoutMs: number,
  from: { readonly clock: Clock; readonly listeners: Set<(event: ChatEvent) => void>; readonly failures: Set<(error: unknown) => void> },
): Promise<ChatEvent> {
  const over = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<ChatEvent>();
  const tell = (event: ChatEvent): void => {
    if (wanted(event)) resolve(event);
  };
  from.listeners.add(tell);
  from.failures.add(reject);
  const late = from.clock.sleep(timeoutMs, over.signal).then(
    () => reject(new Error(`nothing like it was heard within ${timeoutMs} ms`)),
    () => undefined,
  );
  try {
    return await promise;
  } finally {
    from.listeners.delete(tell);
    from.failures.delete(reject);
    over.abort();
    await late;
  }
}
