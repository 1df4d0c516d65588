/** Reads a whole list page by page and each page item by item, keeping of each only what is wanted: ten thousand pods never stand in memory at once, nor does a page of them. */
import type { Clock } from "../clock.ts";
import { OpsroomError } from "../errors.ts";
import { pathOf, type ApiCall, type Where } from "./calls.ts";
import { ClusterError, failedCall, mayHeal, refusedCall } from "./errors.ts";
import { field, textOf } from "./json.ts";
import { scanList } from "./scan-list.ts";
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
  const startPage = (from: string | undefined): PageUnderWay<T> =>
    readPage(needs, call, (onPiece) => ask(needs, call, pathOf(call, where, { limit: pageSize, continue: from }), onPiece, stop, endsAt), keep);
  const kept: T[] = [];
  let current: PageUnderWay<T> | undefined = startPage(undefined);
  let following: PageUnderWay<T> | undefined;
  try {
    for (let page = 1; page <= mostPages; page += 1) {
      // The API writes a list's `continue` before its items: read from there, the server makes the next page while this one arrives.
      const early: string | undefined = await current.early;
      following = early === undefined || page === mostPages ? undefined : startPage(early);
      const { items, next }: Page<T> = await current.whole;
      for (const item of items) kept.push(item);
      if (next === undefined) return kept;
      current = following ?? startPage(next);
      following = undefined;
    }
  } finally {
    over.abort(new Error("the list is done with"));
    await Promise.allSettled([current.whole, following?.whole]);
  }
  throw new ClusterError("bad-answer", `${needs.cluster} has more than ${pageSize * mostPages} ${call.resource}`, "Narrow what is looked at.");
}

interface Page<T> {
  readonly items: readonly T[];
  /** Token of the page after it. */
  readonly next: string | undefined;
}

interface PageUnderWay<T> {
  /** That token as soon as it is known, if it is before the items come. Never rejects. */
  readonly early: Promise<string | undefined>;
  readonly whole: Promise<Page<T>>;
}

/** @param fetchPage calls `onPiece` anew for each try, with what takes that try's pieces */
function readPage<T>(
  { cluster }: Pick<ListNeeds, "cluster">,
  call: ApiCall,
  fetchPage: (onTry: () => (piece: Buffer) => void) => Promise<HttpAnswer>,
  keep: (item: unknown) => T | undefined,
): PageUnderWay<T> {
  const early = Promise.withResolvers<string | undefined>();
  let items: T[] = [];
  let scanner = scanList(() => undefined);
  const onTry = (): ((piece: Buffer) => void) => {
    items = [];
    const mine: T[] = items;
    const scans = scanList((text) => {
      const record = keep(parse(cluster, call, text));
      if (record !== undefined) mine.push(record);
    });
    scanner = scans;
    let known = false;
    return (piece) => {
      guarded(cluster, call, () => scans.push(piece));
      const head = known ? undefined : scans.head();
      if (head === undefined) return;
      known = true;
      early.resolve(tokenIn(parse(cluster, call, `${head}]}`)));
    };
  };
  const whole = (async (): Promise<Page<T>> => {
    try {
      await fetchPage(onTry);
      const { envelope, hadItems } = guarded(cluster, call, () => scanner.end());
      const list = parse(cluster, call, envelope);
      // A server written in Go says null for an empty list.
      if (!hadItems && field(list, "items") !== null) throw noList(cluster, call);
      return { items, next: tokenIn(list) };
    } finally {
      early.resolve(undefined);
    }
  })();
  // Awaited by whoever reads the pages; one that is not needed any more has no reader.
  whole.catch(() => undefined);
  return { early: early.promise, whole };
}

function tokenIn(list: unknown): string | undefined {
  const token = textOf(field(field(list, "metadata"), "continue"));
  return token === "" ? undefined : token;
}

function noList(cluster: string, call: ApiCall): ClusterError {
  return new ClusterError(
    "bad-answer",
    `${cluster} answered to list ${call.resource} with something that is no list`,
    "See what answers at the address that the configuration names.",
  );
}

/** 429, 5xx and cut connections are tried again, as often as fits before the deadline and not for ever; everything else speaks for itself. */
async function ask(
  { cluster, transport, clock, random, tries }: ListNeeds,
  call: ApiCall,
  path: string,
  onTry: () => (piece: Buffer) => void,
  signal: AbortSignal,
  endsAt: number,
): Promise<HttpAnswer> {
  for (let failures = 1; ; failures += 1) {
    const outcome = await transport.get(path, onTry(), signal).then(
      (answer) =>
        answer.status >= 200 && answer.status < 300 ? answer : refusedCall(cluster, call, answer.status, messageOf(answer.body), answer.retryAfterMs),
      (error: unknown) => {
        signal.throwIfAborted();
        // Credentials that cannot be read are not mended by asking again.
        if (error instanceof OpsroomError) throw error;
        return failedCall(cluster, call, error);
      },
    );
    if (!(outcome instanceof ClusterError)) return outcome;
    const pauseMs = outcome.retryAfterMs ?? firstPauseMs * 2 ** (failures - 1) * (0.5 + random());
    if (!mayHeal(outcome) || failures >= tries || clock.now() + pauseMs >= endsAt) throw outcome;
    await clock.sleep(pauseMs, signal);
  }
}

function parse(cluster: string, call: ApiCall, body: string): unknown {
  return guarded(cluster, call, () => JSON.parse(body));
}

function guarded<T>(cluster: string, call: ApiCall, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof OpsroomError) throw error;
    throw new ClusterError(
      "bad-answer",
      `${cluster} answered to list ${call.resource} with something that is no JSON`,
      "See what answers at the address that the configuration names.",
      { cause: error },
    );
  }
}

/** What a Kubernetes `Status` says, shortened. */
function messageOf(body: string): string {
  try {
    return (textOf(field(JSON.parse(body), "message")) ?? "no reason given").slice(0, 200);
  } catch {
    return "no reason given";
  }
}
