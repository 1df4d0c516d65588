/** Reads a whole list page by page, keeping of each object only what is wanted, so that ten thousand pods never stand in memory at once. */
import type { Clock } from "../clock.ts";
import { OpsroomError } from "../errors.ts";
import { pathOf, type ApiCall, type Where } from "./calls.ts";
import { ClusterError, failedCall, mayHeal } from "./errors.ts";
import { readPage, type Page } from "./page.ts";
import type { HttpAnswer, Transport } from "./transport.ts";

export interface ListNeeds {
  readonly cluster: string;
  readonly transport: Pick<Transport, "get">;
  readonly clock: Clock;
  /** A number from 0 up to 1. */
  readonly random: () => number;
  /** The whole list has to be there within this. */
  readonly deadlineMs: number;
  /** How often a page is asked for, at most. */
  readonly tries: number;
  readonly onFailure: (kind: string) => void;
}

const pageSize = 500;
/** 100,000 objects: more is a mistake in the selector. */
const mostPages = 200;
const firstPauseMs = 200;

/** @throws ClusterError; the signal's reason when `signal` aborts */
export async function readList<T>(
  needs: ListNeeds,
  call: ApiCall,
  where: Where,
  keep: (item: unknown) => T | undefined,
  signal: AbortSignal,
): Promise<readonly T[]> {
  signal.throwIfAborted();
  const late = new AbortController();
  const done = new AbortController();
  const stop = AbortSignal.any([signal, late.signal]);
  const endsAt = needs.clock.now() + needs.deadlineMs;
  const deadline = needs.clock.sleep(needs.deadlineMs, AbortSignal.any([signal, done.signal])).then(
    () => late.abort(new DOMException(`no answer within ${needs.deadlineMs / 1000} s`, "TimeoutError")),
    () => undefined,
  );
  const read = (): Promise<readonly T[]> => readPages(needs, call, where, keep, stop, endsAt);
  try {
    // Too long under way for its continue token: once more from the start.
    return await read().catch((error: unknown) => {
      if (error instanceof ClusterError && error.failure === "expired") return read();
      throw error;
    });
  } catch (error) {
    signal.throwIfAborted();
    const failure = error instanceof OpsroomError ? error : failedCall(needs.cluster, call, late.signal.aborted ? late.signal.reason : error);
    needs.onFailure(failure instanceof ClusterError ? failure.failure : "credentials");
    throw failure;
  } finally {
    done.abort();
    await deadline;
  }
}

async function readPages<T>(
  needs: ListNeeds,
  call: ApiCall,
  where: Where,
  keep: (item: unknown) => T | undefined,
  signal: AbortSignal,
  endsAt: number,
): Promise<readonly T[]> {
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  const kept: T[] = [];
  /** The next page, asked for while this one is read: the server makes it meanwhile. */
  let early: { readonly path: string; readonly answer: Promise<HttpAnswer> } | undefined;
  const pathFrom = (from: string | undefined): string => pathOf(call, where, { limit: pageSize, continue: from });
  const askEarly = (from: string): void => {
    const path = pathFrom(from);
    if (early?.path === path) return;
    early = { path, answer: needs.transport.get(path, stop) };
    // Looked at in the next round; whoever leaves before that has an error of their own to tell.
    early.answer.catch(() => undefined);
  };
  let from: string | undefined;
  try {
    for (let page = 1; page <= mostPages; page += 1) {
      const path = pathFrom(from);
      let answer = early?.path === path ? early.answer : undefined;
      early = undefined;
      const read = async (): Promise<Page<T>> => {
        const asked = answer ?? needs.transport.get(path, stop);
        answer = undefined;
        return readPage(needs.cluster, call, await asked, keep, page === mostPages ? () => undefined : askEarly);
      };
      const { records, next } = await persevere(needs, call, read, stop, endsAt);
      for (const record of records) kept.push(record);
      if (next === undefined) return kept;
      from = next;
    }
  } finally {
    over.abort(new Error("the list is done with"));
    await early?.answer.catch(() => undefined);
  }
  throw new ClusterError("bad-answer", `${needs.cluster} has more than ${pageSize * mostPages} ${call.resource}`, "Narrow what is looked at.");
}

/** 429, 5xx and cut connections are tried again, as often as fits before the deadline and not for ever; everything else speaks for itself. */
async function persevere<T>(
  { cluster, clock, random, tries }: ListNeeds,
  call: ApiCall,
  read: () => Promise<T>,
  signal: AbortSignal,
  endsAt: number,
): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await read();
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
