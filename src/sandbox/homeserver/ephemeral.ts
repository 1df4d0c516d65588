/** What is not an event of a room: typing, receipts and each person's own data. */
import type { Core } from "./core.ts";
import type { Json } from "./event.ts";

/** `m.typing` and `m.receipt` of a room as far as they changed after `since`. */
export function ephemeralEvents(core: Core, roomId: string, since: number): readonly Json[] {
  const users = core.typing.changedSince(roomId, since);
  const receipts = receiptContent(core, roomId, since);
  return [
    ...(users === undefined || (since === 0 && users.length === 0) ? [] : [{ type: "m.typing", content: { user_ids: users } }]),
    ...(Object.keys(receipts).length === 0 ? [] : [{ type: "m.receipt", content: receipts }]),
  ];
}

/** One person's data: of one room, or of none. */
export function roomAccountData(core: Core, user: string, roomId: string | undefined, since: number): readonly Json[] {
  return [...core.state.accountData.values()]
    .filter((each) => each.userId === user && each.roomId === roomId && each.position > since)
    .map(({ type, content }) => ({ type, content }));
}

function receiptContent(core: Core, roomId: string, since: number): Json {
  const content: Record<string, Record<string, Record<string, Json>>> = {};
  for (const each of core.state.receipts.values()) {
    if (each.roomId !== roomId || each.position <= since) continue;
    const kinds = (content[each.eventId] ??= {});
    const users = (kinds[each.receiptType] ??= {});
    users[each.userId] = { ts: each.at, ...(each.threadId === undefined ? {} : { thread_id: each.threadId }) };
  }
  return content;
}
