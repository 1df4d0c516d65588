/** Reading what was said: sync, pages of the past, single events, relations. */
import { clientEvent, type Viewer } from "../client-event.ts";
import { roomFor } from "../core.ts";
import { clientRoute, serve, type Call, type Site } from "../endpoint.ts";
import { stateSlot, type Json, type StoredEvent } from "../event.ts";
import { parseEventFilter, parseFilter, type Filter } from "../filter.ts";
import { badRequest, notFound } from "../matrix-error.ts";
import { page, related, type Page } from "../pagination.ts";
import type { Room } from "../room.ts";
import { pollSync } from "../sync-poll.ts";
import { readSyncToken, readToken, tokenAt } from "../tokens.ts";

const maxPage = 1000;

export function historyRoutes(site: Site): void {
  clientRoute(site, "GET", "/sync", async (call) => sync(site, call));
  clientRoute(site, "GET", "/rooms/:room/messages", (call) => messages(site, call));
  clientRoute(site, "GET", "/rooms/:room/event/:event", (call) => {
    const { room, shown, event } = seen(site, call);
    return shown(room, event);
  });
  clientRoute(site, "GET", "/rooms/:room/context/:event", (call) => {
    const { room, shown, event, until } = seen(site, call);
    const half = Math.floor(Math.min(call.queryNumber("limit") ?? 10, maxPage) / 2);
    const wish = { to: undefined, limit: half, filter: undefined };
    const before = page(room, { ...wish, direction: "b", from: event.position - 1 }, until);
    const after = page(room, { ...wish, direction: "f", from: event.position }, until);
    const list = (each: Page): readonly Json[] => each.events.map((one) => shown(room, one));
    return {
      event: shown(room, event),
      events_before: list(before),
      events_after: list(after),
      start: tokenAt(before.end ?? event.position - 1),
      end: tokenAt(after.end ?? event.position),
      state: [...room.stateAt(event.position).values()].map((one) => shown(room, one)),
    };
  });
  for (const path of ["/:event", "/:event/:rel", "/:event/:rel/:type"]) {
    serve(site, "GET", `/_matrix/client/v1/rooms/:room/relations${path}`, (call) => {
      const { room, shown, event } = seen(site, call);
      const all = related(room, event.eventId, path.includes(":rel") ? call.param("rel") : undefined, path.includes(":type") ? call.param("type") : undefined);
      const forwards = call.query("dir") === "f";
      const from = call.query("from");
      const start = from === undefined ? undefined : readToken(from, site.core.state.position);
      const rest = all.filter((each) => start === undefined || (forwards ? each.position > start : each.position <= start));
      const limit = Math.max(1, Math.min(call.queryNumber("limit") ?? 5, maxPage));
      const chunk = (forwards ? rest : rest.toReversed()).slice(0, limit);
      const last = chunk.at(-1);
      const next = last === undefined || rest.length <= limit ? {} : { next_batch: tokenAt(forwards ? last.position : last.position - 1) };
      return { chunk: chunk.map((each) => shown(room, each)), ...next };
    });
  }
}

async function sync(site: Site, call: Call): Promise<Json> {
  const { core, syncAnswers } = site;
  const { userId, deviceId } = call.caller();
  const asked = ["since", "filter", "full_state", "timeout"].map((name) => call.query(name) ?? "");
  const key = [userId, deviceId, ...asked].join("\u0000");
  const kept = syncAnswers.get(key, core.clock.now());
  if (kept !== undefined) return kept;
  const sinceToken = call.query("since");
  const since = sinceToken === undefined ? undefined : readSyncToken(sinceToken, core.state.position);
  // With its token the device says what it has got.
  if (since !== undefined && core.state.keys.inbox.holdsUpTo(userId, deviceId, since.toDevice))
    core.state.commitKeys({ kind: "to-device-read", userId, deviceId, upTo: since.toDevice });
  const wish = {
    user: userId,
    device: deviceId,
    filter: filterOf(site, userId, call.query("filter")),
    since: since?.position,
    toDeviceSince: since?.toDevice ?? 0,
    fullState: call.query("full_state") === "true",
  };
  const answer = await pollSync(core, wish, call.queryNumber("timeout") ?? 0, call.signal);
  if (answer["next_batch"] !== sinceToken) syncAnswers.keep(key, answer, core.clock.now());
  return answer;
}

function filterOf(site: Site, user: string, text: string | undefined): Filter {
  if (text === undefined) return {};
  if (text.startsWith("{")) return parseFilter(text);
  const filter = site.core.state.filters.get(stateSlot(user, text));
  if (filter === undefined) throw badRequest("No such filter", "M_INVALID_PARAM");
  return filter;
}

function messages(site: Site, call: Call): Json {
  const { room, shown, until } = readable(site, call);
  const now = site.core.state.position;
  const direction = call.query("dir") === "b" ? "b" : "f";
  const [fromToken, toToken, filter] = [call.query("from"), call.query("to"), call.query("filter")];
  const from = fromToken === undefined ? (direction === "b" ? now : 0) : readToken(fromToken, now);
  const limit = Math.max(1, Math.min(call.queryNumber("limit") ?? 10, maxPage));
  const to = toToken === undefined ? undefined : readToken(toToken, now);
  const found = page(room, { direction, from, to, limit, filter: filter === undefined ? undefined : parseEventFilter(filter) }, until);
  return {
    chunk: found.events.map((event) => shown(room, event)),
    start: tokenAt(from),
    ...(found.end === undefined ? {} : { end: tokenAt(found.end) }),
  };
}

interface Reader {
  readonly room: Room;
  /** Nothing after this position may be seen. */
  readonly until: number;
  readonly shown: (room: Room, event: StoredEvent) => Json;
}

function readable(site: Site, call: Call): Reader {
  const { userId, deviceId } = call.caller();
  const room = roomFor(site.core, call.param("room"), userId, "read");
  const viewer: Viewer = { user: userId, device: deviceId, now: site.core.clock.now() };
  const until = room.membership(userId) === "join" ? site.core.state.position : (room.memberEvent(userId)?.position ?? 0);
  return { room, until, shown: (each, event) => clientEvent(each, event, viewer, true) };
}

function seen(site: Site, call: Call): Reader & { readonly event: StoredEvent } {
  const reader = readable(site, call);
  const event = reader.room.event(call.param("event"));
  if (event === undefined || event.position > reader.until) throw notFound("Event not found.");
  return { ...reader, event };
}
