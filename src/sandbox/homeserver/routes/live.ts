/** Typing and read receipts: neither is an event, neither costs a token of the rate limit. */
import * as z from "zod";
import { roomFor } from "../core.ts";
import { clientRoute, type Site } from "../endpoint.ts";
import { badRequest } from "../matrix-error.ts";

const maxTypingMs = 120_000;

export function liveRoutes(site: Site): void {
  const { core } = site;
  clientRoute(site, "PUT", "/rooms/:room/typing/:user", (call) => {
    const { userId } = call.caller();
    if (call.param("user") !== userId) throw badRequest("Cannot set another user's typing state", "M_FORBIDDEN");
    const room = roomFor(core, call.param("room"), userId, "write");
    const wish = call.parsed(z.object({ typing: z.boolean(), timeout: z.number().optional() }));
    core.typing.set(room.id, userId, wish.typing ? Math.min(wish.timeout ?? 30_000, maxTypingMs) : undefined);
    return {};
  });

  const receipt = (roomId: string, userId: string, eventId: string, receiptType: string, threadId: string | undefined): void => {
    if (roomFor(core, roomId, userId, "write").event(eventId) === undefined) return;
    core.state.commit({ kind: "receipt", roomId, userId, eventId, receiptType, threadId, at: core.clock.now(), position: core.state.nextPosition() });
  };
  clientRoute(site, "POST", "/rooms/:room/receipt/:type/:event", (call) => {
    const { userId } = call.caller();
    const { thread_id: thread } = call.parsed(z.object({ thread_id: z.string().optional() }));
    if (!["m.read", "m.read.private", "m.fully_read"].includes(call.param("type")))
      throw badRequest("Receipt type must be m.read, m.read.private or m.fully_read");
    receipt(call.param("room"), userId, call.param("event"), call.param("type"), thread);
    return {};
  });
  clientRoute(site, "POST", "/rooms/:room/read_markers", (call) => {
    const { userId } = call.caller();
    const read = call.parsed(z.object({ "m.read": z.string().optional() }))["m.read"];
    if (read !== undefined) receipt(call.param("room"), userId, read, "m.read", undefined);
    return {};
  });
}
