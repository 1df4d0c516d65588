/**
 * The dozen things Opsroom asks of a homeserver. `src/matrix/sdk-api.ts` does them with matrix-bot-sdk; nothing else knows the SDK.
 * Every call has a deadline, a bound on the answer's size and a signal, and throws {@link MatrixFailure} (`src/matrix/failure.ts`).
 */
import type { DeviceId, EventId, RoomId, UserId } from "../ids.ts";

/** One reaction as the homeserver has it. */
export interface FoundReaction {
  readonly event: EventId;
  readonly by: UserId;
  readonly emoji: string;
  /** Its `origin_server_ts`, milliseconds since 1970. */
  readonly at: number;
}

/** A call as it is made: for encryption, whose machine words its own. */
export interface ApiCall {
  readonly method: "GET" | "POST" | "PUT";
  /** From `/_matrix` on, its parts encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
}

export interface MatrixApi {
  readonly homeserver: string;
  readonly whoAmI: (signal: AbortSignal) => Promise<{ readonly user: UserId; readonly device: DeviceId | undefined }>;
  /** Raw answer of `/sync`, parsed leniently by the caller. `since` undefined: first sync. Long-polls for `waitMs`. */
  readonly sync: (options: { readonly since: string | undefined; readonly waitMs: number }, signal: AbortSignal) => Promise<unknown>;
  /** One page of a room's past, newest first, from `from` back to `to`. */
  readonly messages: (room: RoomId, page: { readonly from: string; readonly to?: string; readonly limit: number }, signal: AbortSignal) => Promise<unknown>;
  /** The reactions to an event, read back whole (2,000 at most): what was missed while nobody listened. Redacted ones are not among them. */
  readonly reactions: (room: RoomId, event: EventId, signal: AbortSignal) => Promise<readonly FoundReaction[]>;
  /** Sends an event under our own transaction id: the same id again is the same event. */
  readonly send: (room: RoomId, type: string, transactionId: string, content: Readonly<Record<string, unknown>>, signal: AbortSignal) => Promise<EventId>;
  readonly redact: (room: RoomId, event: EventId, transactionId: string, reason: string | undefined, signal: AbortSignal) => Promise<EventId>;
  /** One state event's content; `undefined` when there is none (M_NOT_FOUND). */
  readonly state: (room: RoomId, type: string, stateKey: string, signal: AbortSignal) => Promise<unknown>;
  /** Whole state of the room, for what one event does not tell (the creator of a version 12 room). */
  readonly fullState: (room: RoomId, signal: AbortSignal) => Promise<unknown>;
  /** Who is in the room, or invited to it. */
  readonly members: (room: RoomId, signal: AbortSignal) => Promise<{ readonly joined: readonly UserId[]; readonly invited: readonly UserId[] }>;
  /** Any call of the client-server API; gives the parsed answer. */
  readonly request: (call: ApiCall, signal: AbortSignal) => Promise<unknown>;
  readonly joinedRooms: (signal: AbortSignal) => Promise<readonly RoomId[]>;
  readonly resolveAlias: (alias: string, signal: AbortSignal) => Promise<RoomId>;
  readonly join: (room: RoomId, signal: AbortSignal) => Promise<void>;
  readonly leave: (room: RoomId, reason: string, signal: AbortSignal) => Promise<void>;
  readonly markRead: (room: RoomId, event: EventId, signal: AbortSignal) => Promise<void>;
  readonly typing: (room: RoomId, forMs: number, signal: AbortSignal) => Promise<void>;
  /** Uploads media; answers its `mxc://` address. */
  readonly upload: (data: Uint8Array, contentType: string, fileName: string, signal: AbortSignal) => Promise<string>;
  /** The account's own rate-limit override; `unknown` when we may not ask (only a server admin may). */
  readonly rateLimitOverride: (
    user: UserId,
    signal: AbortSignal,
  ) => Promise<{ readonly kind: "none" | "unknown" } | { readonly kind: "override"; readonly perSecond: number; readonly burst: number }>;
}
