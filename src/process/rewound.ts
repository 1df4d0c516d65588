/** The homeserver's database was put back to an earlier time: new keys for the rooms, and words for the people. */
import type { Clock } from "../clock.ts";
import type { Line } from "../chat/line.ts";
import type { RoomId } from "../ids.ts";
import type { CryptoPart } from "../matrix/crypto/part/part.ts";
import type { Log } from "../observe/log.ts";
import type { Store } from "../store/store.ts";
import { noticeTo } from "./notices.ts";
import type { TimerHandler } from "./timers.ts";

export interface RewoundNeeds {
  readonly store: Pick<Store, "write">;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
  readonly rooms: () => Iterable<RoomId>;
  readonly wakeSender: () => void;
  readonly wakeTimers: () => void;
}

/**
 * Clients that are back later than us go on from the time when they are: keys and messages of before they never see (Synapse takes their token for one of now).
 * Most try again after 5 to 10 s (matrix-js-sdk: `keepAlive`).
 */
const clientsBackMs = 30_000;

const lines: readonly Line[] = [
  { text: "🟠 The homeserver's database was put back to an earlier time: what was said here since then is gone. I go on from now.", strong: true },
  { text: "What you typed around then may not have reached me: see what was done (!audit) before you type it again." },
  { text: "Where encrypted messages stay unreadable: stop Opsroom, run `opsroom crypto reset` and start it again." },
];

/** @param from the sync token that the homeserver does not know any more */
export async function noteRewound({ store, clock, log, wakeTimers }: RewoundNeeds, from: string): Promise<void> {
  log.error("the homeserver's database was put back to an earlier time: what was said in between is gone there");
  await store.write((tx) => tx.setTimer({ key: `rewound/${from}`, kind: "homeserver.rewound", dueAt: clock.now() + clientsBackMs, body: "{}" }));
  wakeTimers();
}

export function rewoundHandler({ store, clock, rooms, wakeSender }: RewoundNeeds, crypto: Pick<CryptoPart, "beginAnew">): TimerHandler {
  return async (timer) => {
    await crypto.beginAnew();
    await store.write(async (tx) => {
      await tx.clearTimer(timer.key);
      for (const message of noticeTo(rooms(), timer.key, lines)) await tx.enqueue(message, clock.now());
    });
    wakeSender();
  };
}
