/** Runs a command under its deadline, showing “working…” when it takes longer than a second. A command that hangs holds nobody up. */
import type { Clock } from "../clock.ts";
import { asError, OpsroomError } from "../errors.ts";
import type { Log } from "../observe/log.ts";
import type { PendingEvent, Store } from "../store/store.ts";
import { progressMessage } from "./answer.ts";
import type { Asker } from "./command.ts";
import type { Line, Reply } from "./line.ts";
import type { Role } from "./roles.ts";

export interface Watched {
  readonly name: string;
  readonly deadlineMs: number;
  readonly role: Role;
  readonly run: (asker: Asker) => Promise<Reply>;
}

export interface WatchNeeds {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly wakeSender: () => void;
  /** Tells people that an answer is being made, or no longer. */
  readonly showTyping: (event: PendingEvent, typing: boolean, signal: AbortSignal) => Promise<void>;
}

export type WatchedResult =
  { readonly kind: "reply"; readonly reply: Reply } | { readonly kind: "fault"; readonly error: Error } | { readonly kind: "stopping" };

/** Quicker answers are one event; an event costs a token of the homeserver's rate limit. */
const patienceMs = 1000;
/** For what is done after the end: nothing aborts it but its own deadline. */
const neverAborts = new AbortController().signal;
/** Edits of “working…” are this far apart at least. */
const progressEveryMs = 3000;

export async function runWatched(event: PendingEvent, watched: Watched, needs: WatchNeeds, stopping: AbortSignal): Promise<WatchedResult> {
  const { clock } = needs;
  const deadline = new AbortController();
  const done = new AbortController();
  const signal = AbortSignal.any([deadline.signal, stopping]);
  let shown: readonly Line[] = [{ text: `⏳ !${watched.name}: working…` }];
  const asker: Asker = {
    user: event.sender,
    role: watched.role,
    room: event.room,
    event: event.eventId,
    signal,
    progress: (lines) => {
      shown = lines;
    },
  };
  const running = watched.run(asker).then(
    (reply): WatchedResult => ({ kind: "reply", reply }),
    (error: unknown): WatchedResult => (stopping.aborted ? { kind: "stopping" } : { kind: "fault", error: asError(error) }),
  );
  const overrun = clock.sleep(watched.deadlineMs, AbortSignal.any([done.signal, stopping])).then(
    (): WatchedResult => {
      const error = new OpsroomError(
        "OPSROOM_COMMAND_DEADLINE",
        `it took longer than ${Math.round(watched.deadlineMs / 1000)} s`,
        "Try again; if it stays so, look at what it reads.",
      );
      deadline.abort(error);
      return { kind: "fault", error };
    },
    (): WatchedResult => ({ kind: "stopping" }),
  );
  const showing = showProgress(event, () => shown, needs, AbortSignal.any([done.signal, stopping]));
  const result = await Promise.race([running, overrun]);
  done.abort();
  await Promise.all([overrun, showing]);
  return result;
}

/** First after a second, then whenever there is something new to show. */
async function showProgress(
  event: PendingEvent,
  shown: () => readonly Line[],
  { store, clock, log, wakeSender, showTyping }: WatchNeeds,
  done: AbortSignal,
): Promise<void> {
  let last: readonly Line[] | undefined;
  let step = 0;
  try {
    await clock.sleep(patienceMs, done);
    while (!done.aborted) {
      const lines = shown();
      if (lines !== last) {
        await store.write((tx) => tx.enqueue(progressMessage(event, lines, step), clock.now()));
        wakeSender();
        last = lines;
        step += 1;
      }
      await showTyping(event, true, done);
      await clock.sleep(progressEveryMs, done);
    }
  } catch (error) {
    if (!done.aborted) log.warn({ err: error, event: event.eventId }, "“working…” could not be queued");
  }
  if (last !== undefined) await showTyping(event, false, neverAborts);
}
