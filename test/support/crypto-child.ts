/**
 * A bot's encryption in a process of its own, to be killed: syncs, decrypts what the room says, and says something itself, for ever. Its homeserver is the
 * process that started it, asked over IPC. Arguments: the store's folder; at which completed transaction of IndexedDB, counted from the first sync on, it kills itself (0: never).
 */
import { createRequire } from "node:module";
import * as z from "zod";
import { openCryptoMachine } from "../../src/matrix/crypto/machine/open.ts";
import type { OutgoingRequest } from "../../src/matrix/crypto/machine/outgoing.ts";
import { isUserId } from "../../src/ids.ts";
import { bot, inRoom, nadia, opsRoom } from "./crypto-peers.ts";

export type Ask =
  | { readonly ask: "send"; readonly request: OutgoingRequest }
  | { readonly ask: "sync" }
  | { readonly ask: "synced" }
  | { readonly ask: "timeline" }
  | { readonly ask: "read"; readonly event: string; readonly as: string }
  | { readonly ask: "say"; readonly content: Readonly<Record<string, unknown>>; readonly session: string; readonly index: number | undefined }
  | { readonly ask: "identity"; readonly ed25519: string };

const userIds = z.array(z.string().refine(isUserId));
const syncChanges = z.object({
  toDevice: z.array(z.unknown()),
  changed: userIds,
  left: userIds,
  oneTimeKeys: z.record(z.string(), z.number()),
  unusedFallbackKeys: z.array(z.string()),
});
const timeline = z.array(z.looseObject({ event_id: z.string() }));

const [folder, killAt = "0"] = process.argv.slice(2);

function ask(question: Ask): Promise<unknown> {
  return new Promise((resolve) => {
    process.once("message", resolve);
    process.send?.(question);
  });
}

let transactions = 0;
let counting = false;
const { IDBTransaction } = createRequire(new URL("../../vendor/matrix-sdk-crypto-nodejs/lazy.ts", import.meta.url))("fake-indexeddb");
const dispatch = IDBTransaction.prototype.dispatchEvent;
IDBTransaction.prototype.dispatchEvent = function (this: { readonly mode: string }, event: { readonly type: string }): unknown {
  const result: unknown = Reflect.apply(dispatch, this, [event]);
  if (counting && event.type === "complete" && this.mode === "readwrite" && (transactions += 1) === Number(killAt)) process.kill(process.pid, "SIGKILL");
  return result;
};

const machine = await openCryptoMachine({ ...bot, folder, passphrase: undefined });
await ask({ ask: "identity", ed25519: machine.keys.ed25519 });
const send = async (requests: readonly OutgoingRequest[]): Promise<void> => {
  for (const request of requests) await machine.markSent(request, await ask({ ask: "send", request }));
};
await machine.trackUsers([bot.user, nadia.user]);
await send(await machine.outgoing());
counting = true;
for (;;) {
  await machine.receiveSync(syncChanges.parse(await ask({ ask: "sync" })));
  await ask({ ask: "synced" });
  await send(await machine.outgoing());
  for (const event of timeline.parse(await ask({ ask: "timeline" }))) {
    const read = await machine.decrypt(event, opsRoom);
    await ask({ ask: "read", event: event.event_id, as: read.kind === "decrypted" ? String(read.content["body"]) : read.why });
  }
  const encryption = inRoom([bot, nadia], { rotateAfterMessages: 4 });
  for (let said = false; !said;) {
    const step = await machine.encrypt(encryption, "m.room.message", { msgtype: "m.text", body: "said" });
    if (step.kind === "send-first") await send(step.requests);
    else {
      await ask({ ask: "say", content: step.content, session: step.session, index: step.messageIndex });
      said = true;
    }
  }
}
