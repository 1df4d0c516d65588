/** Sending, redacting, and the room's state. */
import * as z from "zod";
import { clientEvent } from "../client-event.ts";
import { roomFor } from "../core.ts";
import { clientRoute, type Call, type Site } from "../endpoint.ts";
import type { StoredEvent } from "../event.ts";
import { notFound } from "../matrix-error.ts";
import { sendOnce, setState } from "../sending.ts";

export function eventRoutes(site: Site): void {
  const { core, transactions } = site;
  /** The same path from the same device is the same request. */
  const once = (call: Call, act: () => StoredEvent): Promise<unknown> => {
    const { userId, deviceId } = call.caller();
    return transactions.once([call.path, userId, deviceId].join("\u0000"), core.clock.now(), async () => ({ event_id: act().eventId }));
  };
  clientRoute(site, "PUT", "/rooms/:room/send/:type/:txn", (call) =>
    once(call, () => sendOnce(core, call.caller(), call.param("room"), call.param("type"), call.json(), call.param("txn"))),
  );
  clientRoute(site, "PUT", "/rooms/:room/redact/:event/:txn", (call) =>
    once(call, () => {
      const { reason } = call.parsed(z.object({ reason: z.string().optional() }));
      const content = { redacts: call.param("event"), ...(reason === undefined ? {} : { reason }) };
      return sendOnce(core, call.caller(), call.param("room"), "m.room.redaction", content, call.param("txn"));
    }),
  );
  stateRoutes(site);
}

function stateRoutes(site: Site): void {
  const { core } = site;
  const viewer = (call: Call): { user: string; device: string; now: number } => {
    const { userId, deviceId } = call.caller();
    return { user: userId, device: deviceId, now: core.clock.now() };
  };
  clientRoute(site, "GET", "/rooms/:room/state", (call) => {
    const { userId } = call.caller();
    const room = roomFor(core, call.param("room"), userId, "read");
    return [...room.stateAt(lastSeen(room.membership(userId), room.memberEvent(userId))).values()].map((event) => clientEvent(room, event, viewer(call), true));
  });
  for (const path of ["/rooms/:room/state/:type", "/rooms/:room/state/:type/", "/rooms/:room/state/:type/:key"]) {
    const key = (call: Call): string => (path.endsWith(":key") ? call.param("key") : "");
    clientRoute(site, "GET", path, (call) => {
      const { userId } = call.caller();
      const room = roomFor(core, call.param("room"), userId, "read");
      const state = room.stateAt(lastSeen(room.membership(userId), room.memberEvent(userId)));
      const event = [...state.values()].find((each) => each.type === call.param("type") && each.stateKey === key(call));
      if (event === undefined) throw notFound("Event not found.");
      return call.query("format") === "event" ? clientEvent(room, event, viewer(call), true) : event.content;
    });
    clientRoute(site, "PUT", path, (call) => ({
      event_id: setState(core, call.caller(), call.param("room"), call.param("type"), key(call), call.json()).eventId,
    }));
  }
}

/** Who has left sees the room as it was then. */
const lastSeen = (membership: string | undefined, event: StoredEvent | undefined): number | undefined => (membership === "join" ? undefined : event?.position);
