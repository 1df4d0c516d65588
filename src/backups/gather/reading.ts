import { OpsroomError } from "../../errors.ts";
import type { Reading } from "../../status/facts.ts";

/** What `read` answers, or in words why it did not. @throws the signal's reason when `signal` aborts */
export async function reading<T>(source: string, read: () => Promise<T>, now: () => number, signal: AbortSignal): Promise<Reading<T>> {
  try {
    const value = await read();
    return { ok: true, value, at: now() };
  } catch (error) {
    signal.throwIfAborted();
    return { ok: false, source, error: inWords(error), lastKnown: undefined };
  }
}

function inWords(error: unknown): string {
  if (!(error instanceof Error)) return "an unexpected answer";
  const timedOut = error.name === "TimeoutError" || error.name === "AbortError";
  return timedOut && !(error instanceof OpsroomError) ? "no answer in time" : error.message;
}
