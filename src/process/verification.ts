/** A verification as the rooms see it: the emojis as a question, and what became of it. */
import { createHash } from "node:crypto";
import * as z from "zod";
import { mayAct } from "../chat/roles.ts";
import { roleIn, type OpsRooms } from "../chat/rooms.ts";
import type { Clock } from "../clock.ts";
import { isUserId, type RoomId, type UserId } from "../ids.ts";
import type { VerificationTaker } from "../chat/dispatch-encrypted.ts";
import type { CryptoPart } from "../matrix/crypto/part/part.ts";
import { createVerifier, type FlowName, type Verifier } from "../matrix/crypto/identity/verifier.ts";
import type { Log } from "../observe/log.ts";
import type { Prompts } from "../prompts/service.ts";
import type { DueTimer } from "../store/alert-store.ts";
import type { Store } from "../store/store.ts";
import { noticeTo } from "./notices.ts";

export interface VerificationNeeds {
  readonly store: Pick<Store, "read" | "write">;
  readonly rooms: () => OpsRooms;
  readonly prompts: () => Pick<Prompts, "ask" | "read" | "take" | "withdraw">;
  readonly clock: Clock;
  readonly log: Log;
  readonly wakeSender: () => void;
}

export interface Verification extends Verifier {
  /** Handler of timers of kind `answered.verification`. */
  readonly onAnswered: (timer: DueTimer) => Promise<void>;
}

const kind = "verification";
/** A client gives up after ten minutes at most. */
const compareWithinMs = 5 * 60_000;
const payloadShape = z.object({ user: z.string().refine(isUserId), flow: z.string() });
const timerShape = z.object({ prompt: z.string() });

export function createVerification(needs: VerificationNeeds): Verification {
  const { store, rooms, prompts, clock, log, wakeSender } = needs;
  const roomOf = (user: UserId): RoomId | undefined => [...rooms().keys()].find((room) => mayAct(roleIn(rooms(), room, user), "operator"));

  const verifier = createVerifier({
    clock,
    log,
    mayVerify: (user) => roomOf(user) !== undefined,
    compare: async ({ user, flow }, emojis) => {
      const room = roomOf(user);
      if (room === undefined) return;
      await store.write(async (tx) => {
        await prompts().ask(tx, {
          id: idOf({ user, flow }),
          kind,
          room,
          lines: [
            { text: `🤝 ${user} verifies me. Do these stand in your client, in this order?`, strong: true },
            { text: emojis.map(({ symbol, name }) => `${symbol} ${name}`).join(" · ") },
            { text: "They stand in my log too: that cannot be changed on the way." },
          ],
          choices: [
            { name: "same", emoji: undefined, label: "they are the same", yes: true },
            { name: "differ", emoji: "❌", label: "they differ", yes: false },
          ],
          people: [user],
          needed: 1,
          notBy: undefined,
          free: false,
          deadlineAt: clock.now() + compareWithinMs,
          goodForMs: compareWithinMs,
          thread: undefined,
          payload: { user, flow },
        });
      });
      wakeSender();
    },
    ended: async ({ user, flow }, how) => {
      const room = roomOf(user);
      const id = idOf({ user, flow });
      const asked = await prompts().read(id);
      await store.write(async (tx) => {
        if (asked?.status === "open") await prompts().withdraw(tx, id, "the verification is over");
        if (room === undefined || asked === undefined) return;
        const text = how === "done" ? `🤝 ${user} and I have verified each other.` : `🤝 The verification with ${user} came to nothing: ${how.reason}.`;
        for (const message of noticeTo([room], id, [{ text }])) await tx.enqueue(message, clock.now());
      });
      wakeSender();
    },
  });

  return {
    ...verifier,
    onAnswered: async (timer) => {
      const { prompt: id } = timerShape.parse(JSON.parse(timer.body));
      const prompt = await prompts().read(id);
      const flow = payloadShape.safeParse(prompt?.payload);
      const taken = await store.write(async (tx) => {
        await tx.clearTimer(timer.key);
        return prompt?.answer?.yes === true ? await prompts().take(tx, id) : undefined;
      });
      if (flow.success) verifier.answer(flow.data, taken !== undefined);
    },
  };
}

/** Hands the events of verifications that go on in rooms to whoever answers them. */
export function verificationTaker(verifier: Verifier, part: Pick<CryptoPart, "open" | "send">): VerificationTaker {
  return {
    mayVerify: verifier.mayVerify,
    take: async ({ eventId, sender, sentAt, type, content, room }, signal) => {
      const machine = await part.open();
      // What comes from a device that is not known is not heard.
      await machine.trackUsers([sender]);
      for (const query of (await machine.outgoing()).filter((request) => request.kind === "keys-query")) await part.send(query, signal);
      await verifier.receive({ event_id: eventId, sender, origin_server_ts: sentAt, type, content }, room, machine);
    },
  };
}

function idOf({ user, flow }: FlowName): string {
  return `verify/${createHash("sha256").update(`${user}\n${flow}`).digest("hex").slice(0, 24)}`;
}
