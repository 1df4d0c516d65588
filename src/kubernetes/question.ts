/** How a question to an API server is asked: within a deadline, again where it may heal, and its failure counted. */
import type { Clock } from "../clock.ts";
import { OpsroomError } from "../errors.ts";
import type { ApiCall } from "./calls.ts";
import { ClusterError, failedCall, mayHeal } from "./errors.ts";

export interface QuestionNeeds {
  readonly cluster: string;
  readonly clock: Clock;
  /** A number from 0 up to 1. */
  readonly random: () => number;
  /** How often it is asked, at most. */
  readonly tries: number;
  readonly onFailure: (kind: string) => void;
}

const firstPauseMs = 200;

/**
 * @param ask gets a signal that aborts at the deadline too, and when that is
 * @throws ClusterError; the signal's reason when `signal` aborts
 */
export async function withinDeadline<T>(
  { cluster, clock, onFailure }: QuestionNeeds,
  call: ApiCall,
  deadlineMs: number,
  signal: AbortSignal,
  ask: (stop: AbortSignal, endsAt: number) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const late = new AbortController();
  const done = new AbortController();
  const deadline = clock.sleep(deadlineMs, AbortSignal.any([signal, done.signal])).then(
    () => late.abort(new DOMException(`no answer within ${deadlineMs / 1000} s`, "TimeoutError")),
    () => undefined,
  );
  try {
    return await ask(AbortSignal.any([signal, late.signal]), clock.now() + deadlineMs);
  } catch (error) {
    signal.throwIfAborted();
    const failure = error instanceof OpsroomError ? error : failedCall(cluster, call, late.signal.aborted ? late.signal.reason : error);
    onFailure(failure instanceof ClusterError ? failure.failure : "credentials");
    throw failure;
  } finally {
    done.abort();
    await deadline;
  }
}

/** 429, 5xx and cut connections are tried again, as often as fits before the deadline and not for ever; everything else speaks for itself. */
export async function persevere<T>(
  { cluster, clock, random, tries }: QuestionNeeds,
  call: ApiCall,
  ask: () => Promise<T>,
  signal: AbortSignal,
  endsAt: number,
): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await ask();
    } catch (error) {
      signal.throwIfAborted();
      // Credentials that cannot be read are not mended by asking again.
      if (error instanceof OpsroomError && !(error instanceof ClusterError)) throw error;
      const failure = error instanceof ClusterError ? error : failedCall(cluster, call, error);
      const pauseMs = failure.retryAfterMs ?? firstPauseMs * 2 ** (failures - 1) * (0.5 + random());
      if (!mayHeal(failure) || failures >= tries || clock.now() + pauseMs >= endsAt) throw failure;
      await clock.sleep(pauseMs, signal);
    }
  }
}
