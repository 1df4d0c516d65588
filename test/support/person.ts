/** Somebody with a Matrix client: types, reacts, and waits for what the room shows. Plain client-server API, so it works on any homeserver. */
import { setTimeout as delay } from "node:timers/promises";

export interface RoomEvent {
  readonly event_id: string;
  readonly sender: string;
  readonly type: string;
  readonly content: Readonly<Record<string, unknown>>;
  readonly origin_server_ts: number;
}

export interface Account {
  readonly userId: string;
  readonly accessToken: string;
  readonly password?: string;
}

export interface Person {
  readonly userId: string;
  readonly createRoom: (invite: readonly string[]) => Promise<string>;
  readonly join: (room: string) => Promise<void>;
  readonly invite: (room: string, who: string) => Promise<void>;
  readonly kick: (room: string, who: string) => Promise<void>;
  readonly setDisplayName: (name: string) => Promise<void>;
  /** Sends a text message; answers its event id. */
  readonly say: (room: string, body: string) => Promise<string>;
  readonly sayInThread: (room: string, root: string, body: string) => Promise<string>;
  /** Reacts to a message; answers the reaction's event id. */
  readonly react: (room: string, event: string, key: string) => Promise<string>;
  readonly redact: (room: string, event: string) => Promise<void>;
  /** Everything said in the room so far, oldest first (pages through all of it). */
  readonly history: (room: string) => Promise<readonly RoomEvent[]>;
  /** The history, once `enough` of it holds. @throws after `timeoutMs`, saying what was there */
  readonly waitFor: (room: string, enough: (events: readonly RoomEvent[]) => boolean, timeoutMs?: number) => Promise<readonly RoomEvent[]>;
  /** Of somebody who makes encrypted rooms otherwise. */
  readonly createClearRoom?: (invite: readonly string[]) => Promise<string>;
  /** Of somebody whose client encrypts: until it would give the keys of its messages to `user`. */
  readonly readyFor?: (user: string) => Promise<void>;
  /** Ends what goes on in the background, if anything does. */
  readonly stop?: () => void;
  readonly call: (method: string, path: string, body?: unknown) => Promise<Record<string, unknown>>;
}

export function person(baseUrl: string, { userId, accessToken }: Account): Person {
  let transaction = 0;
  const instance = Math.random().toString(36).slice(2);
  const call = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> => {
    for (;;) {
      const response = await fetch(`${baseUrl}${path}`, {
        method,
        headers: { authorization: `Bearer ${accessToken}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(60_000),
      });
      const answer: unknown = await response.json();
      if (typeof answer !== "object" || answer === null) throw new Error(`${method} ${path}: no JSON object`);
      const fields: Record<string, unknown> = { ...answer };
      if (response.status === 429) {
        await delay(Number(fields["retry_after_ms"] ?? 500));
        continue;
      }
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(fields)}`);
      return fields;
    }
  };
  const at = (room: string): string => `/_matrix/client/v3/rooms/${encodeURIComponent(room)}`;
  const history = async (room: string): Promise<readonly RoomEvent[]> => {
    const events: RoomEvent[] = [];
    let from: string | undefined;
    do {
      const page = await call("GET", `${at(room)}/messages?dir=f&limit=1000${from === undefined ? "" : `&from=${encodeURIComponent(from)}`}`);
      if (Array.isArray(page["chunk"])) events.push(...page["chunk"]);
      from = typeof page["end"] === "string" ? page["end"] : undefined;
    } while (from !== undefined);
    return events;
  };
  return {
    userId,
    call,
    history,
    createRoom: async (invite) => String((await call("POST", "/_matrix/client/v3/createRoom", { preset: "private_chat", invite }))["room_id"]),
    join: async (room) => {
      await call("POST", `/_matrix/client/v3/join/${encodeURIComponent(room)}`, {});
    },
    invite: async (room, who) => {
      await call("POST", `${at(room)}/invite`, { user_id: who });
    },
    kick: async (room, who) => {
      await call("POST", `${at(room)}/kick`, { user_id: who });
    },
    setDisplayName: async (name) => {
      await call("PUT", `/_matrix/client/v3/profile/${encodeURIComponent(userId)}/displayname`, { displayname: name });
    },
    say: async (room, body) => {
      transaction += 1;
      return String((await call("PUT", `${at(room)}/send/m.room.message/${instance}-${transaction}`, { msgtype: "m.text", body }))["event_id"]);
    },
    sayInThread: async (room, root, body) => {
      transaction += 1;
      const relation = { rel_type: "m.thread", event_id: root, is_falling_back: true, "m.in_reply_to": { event_id: root } };
      const content = { msgtype: "m.text", body, "m.relates_to": relation };
      return String((await call("PUT", `${at(room)}/send/m.room.message/${instance}-${transaction}`, content))["event_id"]);
    },
    react: async (room, event, key) => {
      transaction += 1;
      const content = { "m.relates_to": { rel_type: "m.annotation", event_id: event, key } };
      return String((await call("PUT", `${at(room)}/send/m.reaction/${instance}-${transaction}`, content))["event_id"]);
    },
    redact: async (room, event) => {
      transaction += 1;
      await call("PUT", `${at(room)}/redact/${encodeURIComponent(event)}/${instance}-${transaction}`, {});
    },
    waitFor: async (room, enough, timeoutMs = 15_000) => {
      const deadline = performance.now() + timeoutMs;
      for (;;) {
        const events = await history(room);
        if (enough(events)) return events;
        if (performance.now() > deadline)
          throw new Error(
            `not within ${timeoutMs} ms; the room shows:\n${events
              .map((each) => `${each.sender} ${each.type} ${JSON.stringify(each.content).slice(0, 200)}`)
              .join("\n")
              .slice(-4000)}`,
          );
        await delay(50);
      }
    },
  };
}

/** Events of `sender` that hang on `question`: replies, thread messages, reactions. Edits are left out: they change an answer, they are none. */
export function answersTo(events: readonly RoomEvent[], question: string, sender: string): readonly RoomEvent[] {
  return events.filter(
    (event) =>
      event.sender === sender && (relation(event)?.["event_id"] === question || replyTo(event) === question) && relation(event)?.["rel_type"] !== "m.replace",
  );
}

/** The newest text of a message: its own, or its last edit's. */
export function shownText(events: readonly RoomEvent[], message: RoomEvent): string {
  const edits = events.filter((event) => relation(event)?.["rel_type"] === "m.replace" && relation(event)?.["event_id"] === message.event_id);
  const content = edits.at(-1)?.content["m.new_content"] ?? message.content;
  return typeof content === "object" && content !== null && "body" in content ? String(content.body) : "";
}

export function relation(event: RoomEvent): Readonly<Record<string, unknown>> | undefined {
  const found = event.content["m.relates_to"];
  return typeof found === "object" && found !== null ? { ...found } : undefined;
}

function replyTo(event: RoomEvent): string | undefined {
  const found = relation(event)?.["m.in_reply_to"];
  return typeof found === "object" && found !== null && "event_id" in found ? String(found.event_id) : undefined;
}
