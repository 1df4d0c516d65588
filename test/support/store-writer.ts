/** Writes to a store until it is killed: `store-writer.ts NAME LOCATION-JSON`. Prints each event's id once its write was acknowledged. */
import { parseEventId, parseRoomId, parseUserId } from "../../src/ids.ts";
import { silentLog } from "../../src/observe/log.ts";
import { openStore } from "../../src/store/open.ts";

const [name = "", location = "{}"] = process.argv.slice(2);
const where: { readonly kind: "sqlite"; readonly file: string } | { readonly kind: "postgres"; readonly url: string; readonly schema: string } =
  JSON.parse(location);
const store = await openStore({ ...where, outboxLimit: 100, log: silentLog });
if ((await store.lease.acquire(name, 15_000)) === undefined) throw new Error("somebody holds the lease");
const room = parseRoomId("!ops:example.org");
const sender = parseUserId("@nadia:example.org");
for (let count = 0; ; count += 1) {
  const eventId = parseEventId(`$${name}-${count}`);
  await store.write(async (tx) => {
    await tx.acceptEvents([{ eventId, room, sender, type: "m.room.message", sentAt: 0, content: {}, late: false }]);
    await tx.appendAudit({ at: 0, actor: sender, action: "command", subject: "status", room, eventId, outcome: "ok", detail: "" });
  });
  process.stdout.write(`${eventId}\n`);
}
