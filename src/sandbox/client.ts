/**
 * A small Matrix client on plain `fetch`: what the chat prompt and the tests use to be a person in a room.
 * It shares no code with the bot, so that a mistake of the one does not hide in the other.
 */
import * as z from "zod";
import { systemClock, type Clock } from "../clock.ts";

export type Content = Readonly<Record<string, unknown>>;

/** A room event in the client-server API's form. */
export interface ChatEvent {
  readonly event_id: string;
  readonly room_id: string;
  readonly sender: string;
  readonly type: string;
  readonly content: Content;
  readonly origin_server_ts: number;
  readonly state_key?: string | undefined;
}

export interface ChatClientOptions {
  readonly baseUrl: string;
  readonly userId: string;
  readonly accessToken: string;
  readonly clock?: Clock;
  /** Each request's deadline; 30 s unless given. */
  readonly deadlineMs?: number;
  /** How often a send that meets the rate limit is tried; 1 to see the 429 itself. */
  readonly tries?: number;
}

/** An answer that is no 2xx. */
export class ChatError extends Error {
  readonly status: number;
  readonly errcode: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(request: string, status: number, body: unknown, retryAfter: string | null) {
    const told = z.object({ errcode: z.string(), error: z.string().optional() }).safeParse(body);
    super(`${request}: ${status} ${told.data?.errcode ?? ""} ${told.data?.error ?? ""}`.trim());
    this.name = "ChatError";
    this.status = status;
    this.errcode = told.data?.errcode;
    this.retryAfterMs = retryAfter === null ? undefined : Number(retryAfter) * 1000;
  }
}

export interface ChatClient {
  readonly userId: string;
  /** One request. @throws {ChatError} when the answer is no 2xx */
  readonly request: (method: string, path: string, body?: unknown, signal?: AbortSignal) => Promise<unknown>;
  /** Sends once for each transaction id; makes one unless given. Gives the event id. */
  readonly send: (room: string, type: string, content: Content, transaction?: string) => Promise<string>;
  readonly sendText: (room: string, text: string, relation?: Content) => Promise<string>;
  readonly react: (room: string, event: string, key: string) => Promise<string>;
  readonly redact: (room: string, event: string, reason?: string) => Promise<string>;
  readonly createRoom: (wish: Content) => Promise<string>;
  readonly join: (roomOrAlias: string) => Promise<string>;
  readonly invite: (room: string, user: string) => Promise<void>;
}

const eventId = z.object({ event_id: z.string() });
const roomId = z.object({ room_id: z.string() });

/** The part of a thread that a message in it carries; `last` is what clients without threads show it as a reply to. */
export const inThread = (root: string, last = root): Content => ({
  "m.relates_to": { rel_type: "m.thread", event_id: root, is_falling_back: true, "m.in_reply_to": { event_id: last } },
});

export function chatClient(options: ChatClientOptions): ChatClient {
  const clock = options.clock ?? systemClock;
  const run = Math.random().toString(36).slice(2);
  let count = 0;
  const newTransaction = (): string => `${run}.${(count += 1)}`;

  async function request(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<unknown> {
    const deadline = AbortSignal.timeout(options.deadlineMs ?? 30_000);
    const response = await fetch(options.baseUrl + path, {
      method,
      headers: { authorization: `Bearer ${options.accessToken}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    });
    const text = await response.text();
    if (!response.ok) throw new ChatError(`${method} ${path}`, response.status, jsonOf(text), response.headers.get("retry-after"));
    return jsonOf(text);
  }

  async function patiently(method: string, path: string, body: unknown): Promise<unknown> {
    for (let tried = 1; ; tried += 1) {
      try {
        return await request(method, path, body);
      } catch (error) {
        if (!(error instanceof ChatError) || error.status !== 429 || tried >= (options.tries ?? 20)) throw error;
        await clock.sleep(error.retryAfterMs ?? 1000);
      }
    }
  }

  const send: ChatClient["send"] = async (room, type, content, transaction = newTransaction()) => {
    const answer = await patiently("PUT", `${roomPath(room)}/send/${encodeURIComponent(type)}/${encodeURIComponent(transaction)}`, content);
    return eventId.parse(answer).event_id;
  };
  return {
    userId: options.userId,
    request,
    send,
    sendText: (room, text, relation = {}) => send(room, "m.room.message", { msgtype: "m.text", body: text, "m.mentions": {}, ...relation }),
    react: (room, event, key) => send(room, "m.reaction", { "m.relates_to": { rel_type: "m.annotation", event_id: event, key } }),
    redact: async (room, event, reason) => {
      const path = `${roomPath(room)}/redact/${encodeURIComponent(event)}/${newTransaction()}`;
      return eventId.parse(await patiently("PUT", path, reason === undefined ? {} : { reason })).event_id;
    },
    createRoom: async (wish) => roomId.parse(await patiently("POST", "/_matrix/client/v3/createRoom", wish)).room_id,
    join: async (room) => roomId.parse(await patiently("POST", `/_matrix/client/v3/join/${encodeURIComponent(room)}`, {})).room_id,
    invite: async (room, user) => {
      await patiently("POST", `${roomPath(room)}/invite`, { user_id: user });
    },
  };
}

export const roomPath = (room: string): string => `/_matrix/client/v3/rooms/${encodeURIComponent(room)}`;

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
