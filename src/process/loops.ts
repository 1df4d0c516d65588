/** What goes on at once while this instance acts, and in which order it comes to an end. */
import type { Clock } from "../clock.ts";
import type { Store } from "../store/store.ts";
import type { Until } from "./lease-keeper.ts";
import { aborted, together, withPatience } from "./together.ts";

type Loop = (signal: AbortSignal) => Promise<void>;

export interface Loops {
  readonly clock: Clock;
  readonly store: Pick<Store, "read">;
  /** Before that it cannot be told whose room something is from, or where a message belongs. */
  readonly roomsKnown: Promise<unknown>;
  /** End when the drain begins. */
  readonly taking: readonly Loop[];
  /** The same, begun when the rooms are known. */
  readonly inRooms: readonly Loop[];
  /** Begun when the rooms are known; take nothing new when `take` aborts, and have until `abandon` to end what they are at. */
  readonly working: readonly ((take: AbortSignal, abandon: AbortSignal) => Promise<void>)[];
  /** Goes on until the others have ended and nothing waits to be sent, for a while. */
  readonly send: Loop;
}

/** After SIGTERM: how long running work may go on, and then how long what waits is sent. Together well within the 20 s of a drain. */
const drainWorkMs = 10_000;
const drainOutboxMs = 4_000;

/** Runs until `drain` aborts and all has come to its end; ends at once when `lost` aborts. @throws what ends the process */
export async function runLoops({ clock, store, roomsKnown, taking, inRooms, working, send }: Loops, { drain, lost }: Until): Promise<void> {
  const until = (hard: AbortSignal): AbortSignal => AbortSignal.any([drain, hard]);
  const known = async (hard: AbortSignal): Promise<unknown> => await Promise.race([roomsKnown, aborted(until(hard))]);
  const worked = working.map(() => Promise.withResolvers<undefined>());
  await together(
    [
      ...taking.map(
        (loop): Loop =>
          (hard) =>
            loop(until(hard)),
      ),
      async (hard) => {
        await known(hard);
        await together(inRooms, until(hard));
      },
      ...working.map((work, at): Loop => async (hard) => {
        await known(hard);
        await withPatience(clock, drain, drainWorkMs, (abandon) => work(until(hard), AbortSignal.any([hard, abandon])));
        worked[at]?.resolve(undefined);
      }),
      async (hard) => {
        const done = new AbortController();
        const ending = (async () => {
          await aborted(until(hard));
          await Promise.race([Promise.all(worked.map(({ promise }) => promise)), aborted(hard)]);
          if (!hard.aborted) await emptied(store, clock, drainOutboxMs);
          done.abort();
        })();
        await Promise.all([send(AbortSignal.any([hard, done.signal])), ending]);
      },
    ],
    lost,
  );
}

/** Waits until nothing is left to send, or for `mostMs`. What is left is sent after the next start. */
async function emptied(store: Pick<Store, "read">, clock: Clock, mostMs: number): Promise<void> {
  const until = clock.now() + mostMs;
  while (clock.now() < until && (await store.read.outboxDepth()).waiting > 0) await clock.sleep(50);
}
