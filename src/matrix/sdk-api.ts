/** {@link MatrixApi} by matrix-bot-sdk: the one file that knows it. Imported when first asked for, since loading it takes time. */
import type { MatrixClient } from "matrix-bot-sdk";
import * as z from "zod";
import { isDeviceId, isEventId, isRoomId, isUserId, type UserId } from "../ids.ts";
import type { MatrixApi } from "./api.ts";
import { MatrixFailure } from "./failure.ts";
import { pastFilter, syncFilter } from "./filters.ts";
import { readMembers } from "./members.ts";
import { readReactions } from "./reactions.ts";
import { requestForSdk, withOptions, type CallOptions } from "./http.ts";

export interface MatrixAccount {
  /** Base URL of the client-server API. */
  readonly homeserver: string;
  readonly accessToken: string;
}

const MiB = 2 ** 20;
const usual = { deadlineMs: 30_000, mostBytes: 4 * MiB };
/** The homeserver may take this much longer than the long poll; the first sync of an account much longer. */
const syncMarginMs = 30_000;
const firstSyncMs = 120_000;
/** Joining asks other homeservers, which may be slow. */
const joining = { deadlineMs: 120_000, mostBytes: 4 * MiB };
/** Read receipts and typing: not worth waiting for. */
const brief = { deadlineMs: 5000, mostBytes: MiB };
const uploading = { deadlineMs: 120_000, mostBytes: MiB };

const userId = z.string().refine(isUserId);
const roomId = z.string().refine(isRoomId);
const whoAmIAnswer = z.object({ user_id: userId, device_id: z.string().refine(isDeviceId).optional() });
const eventAnswer = z.object({ event_id: z.string().refine(isEventId) });
const roomsAnswer = z.object({ joined_rooms: z.array(z.string()) });
const aliasAnswer = z.object({ room_id: roomId });
const uploadAnswer = z.object({ content_uri: z.string().startsWith("mxc://") });
const overrideAnswer = z.object({ messages_per_second: z.number().optional(), burst_count: z.number().optional() });

type Method = "GET" | "POST" | "PUT";
interface Sent {
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly contentType?: string;
}

/** Makes no call yet. @throws what importing the SDK throws */
export async function createMatrixApi({ homeserver, accessToken }: MatrixAccount): Promise<MatrixApi> {
  const client = await openClient(homeserver, accessToken);
  const call = async (method: Method, path: string, sent: Sent, bounds: Omit<CallOptions, "signal">, signal: AbortSignal): Promise<unknown> =>
    withOptions({ ...bounds, signal }, async () => {
      const { query = null, body = null, contentType = "application/json" } = sent;
      const answer: unknown = await client.doRequest(method, path, query, body, bounds.deadlineMs, false, contentType);
      return answer;
    });
  const get = (path: string, query: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<unknown> => call("GET", path, { query }, usual, signal);
  const put = (path: string, body: unknown, signal: AbortSignal): Promise<unknown> => call("PUT", path, { body }, usual, signal);

  let me: UserId | undefined;
  const whoAmI: MatrixApi["whoAmI"] = async (signal) => {
    const answer = parse(whoAmIAnswer, await get(at("account", "whoami"), {}, signal), "whoami");
    me = answer.user_id;
    return { user: answer.user_id, device: answer.device_id };
  };

  return {
    homeserver,
    whoAmI,
    sync: ({ since, waitMs }, signal) => {
      const timeout = since === undefined ? freshTimeout() : waitMs;
      const query = { filter: syncFilter(since === undefined), timeout, ...(since === undefined ? {} : { since }) };
      const deadlineMs = since === undefined ? firstSyncMs : waitMs + syncMarginMs;
      return call("GET", at("sync"), { query }, { deadlineMs, mostBytes: 32 * MiB }, signal);
    },
    messages: (room, page, signal) => get(at("rooms", room, "messages"), { ...page, dir: "b", filter: pastFilter }, signal),
    reactions: (room, event, signal) =>
      readReactions((from) => get(relationsPath(room, event), { limit: 100, ...(from === undefined ? {} : { from }) }, signal)),
    send: async (room, type, transactionId, content, signal) => {
      const answer = await put(at("rooms", room, "send", type, transactionId), content, signal);
      return parse(eventAnswer, answer, "send").event_id;
    },
    redact: async (room, event, transactionId, reason, signal) => {
      const answer = await put(at("rooms", room, "redact", event, transactionId), reason === undefined ? {} : { reason }, signal);
      return parse(eventAnswer, answer, "redact").event_id;
    },
    state: (room, type, stateKey, signal) => unlessAbsent(() => get(at("rooms", room, "state", type, stateKey), {}, signal)),
    fullState: (room, signal) => call("GET", at("rooms", room, "state"), {}, { ...usual, mostBytes: 32 * MiB }, signal),
    members: async (room, signal) =>
      readMembers(await call("GET", at("rooms", room, "members"), { query: { not_membership: "leave" } }, { ...usual, mostBytes: 32 * MiB }, signal)),
    request: ({ method, path, query = {}, body }, signal) =>
      call(method, path, body === undefined ? { query } : { query, body }, { deadlineMs: 60_000, mostBytes: 32 * MiB }, signal),
    joinedRooms: async (signal) => parse(roomsAnswer, await get(at("joined_rooms"), {}, signal), "joined_rooms").joined_rooms.filter(isRoomId),
    resolveAlias: async (alias, signal) => parse(aliasAnswer, await get(at("directory", "room", alias), {}, signal), "directory").room_id,
    join: async (room, signal) => {
      await call("POST", at("join", room), { body: {} }, joining, signal);
    },
    leave: async (room, reason, signal) => {
      await call("POST", at("rooms", room, "leave"), { body: { reason } }, usual, signal);
    },
    markRead: async (room, event, signal) => {
      await call("POST", at("rooms", room, "receipt", "m.read", event), { body: {} }, brief, signal);
    },
    typing: async (room, forMs, signal) => {
      const user = me ?? (await whoAmI(signal)).user;
      const body = forMs > 0 ? { typing: true, timeout: forMs } : { typing: false };
      await call("PUT", at("rooms", room, "typing", user), { body }, brief, signal);
    },
    upload: async (data, contentType, filename, signal) => {
      const body = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      const answer = await call("POST", "/_matrix/media/v3/upload", { query: { filename }, body, contentType }, uploading, signal);
      return parse(uploadAnswer, answer, "upload").content_uri;
    },
    rateLimitOverride: async (user, signal) => {
      try {
        const answer = parse(
          overrideAnswer,
          await get(`/_synapse/admin/v1/users/${encodeURIComponent(user)}/override_ratelimit`, {}, signal),
          "override_ratelimit",
        );
        if (answer.messages_per_second === undefined) return { kind: "none" };
        return { kind: "override", perSecond: answer.messages_per_second, burst: answer.burst_count ?? 0 };
      } catch (error) {
        // Only a server admin may ask; other homeservers than Synapse do not know the path, and many an ingress hides it.
        if (error instanceof MatrixFailure && error.status !== undefined && error.status >= 400 && error.status < 500 && error.kind !== "unauthorised") {
          return { kind: "unknown" };
        }
        throw error;
      }
    },
  };
}

let firstSyncs = 0;

/**
 * Synapse answers the same sync again from its memory for two minutes (`sync_response_cache_duration`), one without a token too: then it would tell
 * where we were, not where we are. The timeout is part of what makes it the same, and a first sync never waits, so another each time makes it ask anew.
 */
function freshTimeout(): number {
  firstSyncs += 1;
  return (Date.now() + firstSyncs * 1009) % 30_000;
}

async function openClient(homeserver: string, accessToken: string): Promise<MatrixClient> {
  const sdk = await import("./sdk.ts");
  const quiet = (): void => undefined;
  // It logs whole answers, and failures that are ours to judge.
  sdk.LogService.setLogger({ info: quiet, warn: quiet, error: quiet, debug: quiet, trace: quiet });
  sdk.setRequestFn(requestForSdk);
  return new sdk.MatrixClient(homeserver, accessToken);
}

/** A path of the client-server API; each part is escaped. Room ids stay whole: those of version 12 have no server part. */
function at(...parts: readonly string[]): string {
  return `/_matrix/client/v3/${parts.map(encodeURIComponent).join("/")}`;
}

/** Relations are of version 1 of the API, the rest of version 3. */
function relationsPath(room: string, event: string): string {
  return `/_matrix/client/v1/rooms/${encodeURIComponent(room)}/relations/${encodeURIComponent(event)}/m.annotation/m.reaction`;
}

function parse<T>(schema: z.ZodType<T>, answer: unknown, what: string): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new MatrixFailure(
    "unreachable",
    `${what}: the homeserver's answer lacks what it must have (${parsed.error.issues.map((issue) => issue.path.join(".")).join(", ")})`,
  );
}

async function unlessAbsent(ask: () => Promise<unknown>): Promise<unknown> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof MatrixFailure && error.kind === "not-found") return undefined;
    throw error;
  }
}
