/** Reads a whole list page by page, keeping of each page only what is wanted, so that ten thousand pods never stand in memory at once. */
import type { Clock } from "../clock.ts";
import { OpsroomError } from "../errors.ts";
import { pathOf, type ApiCall, type Where } from "./calls.ts";
import { ClusterError, failedCall, mayHeal, refusedCall } from "./errors.ts";
import { field, isList, textOf } from "./json.ts";
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
  const askPage = (from: string | undefined): Promise<HttpAnswer> => ask(needs, call, pathOf(call, where, { limit: pageSize, continue: from }), stop, endsAt);
  const kept: T[] = [];
  let next: Promise<HttpAnswer> | undefined = askPage(undefined);
  try {
    for (let page = 1; page <= mostPages; page += 1) {
      const answer: HttpAnswer = await next;
      const early = page === mostPages ? undefined : earlyToken(answer.body);
      next = early === undefined ? undefined : askPage(early);
      // Looked at in the next round; whoever leaves before that has an error of their own to tell.
      next?.catch(() => undefined);
      const list = parse(needs.cluster, call, answer.body);
      for (const item of itemsOf(needs.cluster, call, list)) {
        const record = keep(item);
        if (record !== undefined) kept.push(record);
      }
      const from = textOf(field(field(list, "metadata"), "continue"));
      if (from === undefined || from === "") return kept;
      next ??= askPage(from);
    }
  } finally {
    over.abort(new Error("the list is done with"));
    await next?.catch(() => undefined);
  }
  throw new ClusterError("bad-answer", `${needs.cluster} has more than ${pageSize * mostPages} ${call.resource}`, "Narrow what is looked at.");
}

/** The API writes a list's `continue` before its items: read from there, the server makes the next page while this one is parsed. */
function earlyToken(body: string): string | undefined {
  return /^\{"kind":"\w+","apiVersion":"[^"\\]+","metadata":\{[^{}\\]*?"continue":"([\w+/=.-]+)"[^{}\\]*\},"items":\[/u.exec(body.slice(0, 2048))?.[1];
}

function itemsOf(cluster: string, call: ApiCall, list: unknown): readonly unknown[] {
  // A server written in Go says null for an empty list.
  const items = field(list, "items") ?? [];
  if (field(list, "items") !== undefined && isList(items)) return items;
  throw new ClusterError(
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
  signal: AbortSignal,
  endsAt: number,
): Promise<HttpAnswer> {
  for (let failures = 1; ; failures += 1) {
    const outcome = await transport.get(path, signal).then(
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
  try {
    return JSON.parse(body);
  } catch (error) {
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
