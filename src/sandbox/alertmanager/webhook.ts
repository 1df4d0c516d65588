/** Tells a receiver, with Alertmanager's patience: a 5xx or no answer is tried again until the flush is over, anything else is final. */
import type { Clock } from "../../clock.ts";

export interface Webhook {
  /** Asked at each try: what listens there may have moved. */
  readonly url: () => string;
  /** Value of the `Authorization` header. */
  readonly authorization: string | undefined;
}

export interface Sending {
  readonly clock: Clock;
  /** 0…1 */
  readonly random: () => number;
  /** How long a flush may take. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
  readonly count: (what: "request" | "request failed") => void;
}

const firstPauseMs = 500;
const longestPauseMs = 60_000;

/** @returns whether it was taken */
export async function tell({ url, authorization }: Webhook, body: string, { clock, random, patienceMs, signal, count }: Sending): Promise<boolean> {
  const over = new AbortController();
  const ended = AbortSignal.any([over.signal, signal]);
  const deadline = clock.sleep(patienceMs, ended).then(
    () => over.abort(),
    () => undefined,
  );
  const headers = { "content-type": "application/json", "user-agent": "Alertmanager/0.25.0", ...(authorization === undefined ? {} : { authorization }) };
  try {
    for (let pauseMs = firstPauseMs; !ended.aborted; pauseMs = Math.min(pauseMs * 1.5, longestPauseMs)) {
      const status = await post(url(), { method: "POST", headers, body, signal: ended });
      count("request");
      if (status !== undefined && status >= 200 && status < 300) return true;
      count("request failed");
      if (status !== undefined && status < 500) return false;
      await clock.sleep(pauseMs * (0.5 + random()), ended).catch(() => undefined);
    }
    return false;
  } finally {
    over.abort();
    await deadline;
  }
}

/** `undefined`: no answer. */
async function post(url: string, request: RequestInit): Promise<number | undefined> {
  try {
    const response = await fetch(url, request);
    await response.body?.cancel();
    return response.status;
  } catch {
    return undefined;
  }
}
