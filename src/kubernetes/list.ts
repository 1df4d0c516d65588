/** Reads a whole list page by page, keeping of each object only what is wanted, so that ten thousand pods never stand in memory at once. */
import { pathOf, type ApiCall, type Where } from "./calls.ts";
import { ClusterError } from "./errors.ts";
import { readPage, type Kept, type Page } from "./page.ts";
import { persevere, withinDeadline, type QuestionNeeds } from "./question.ts";
import type { HttpAnswer, Transport } from "./transport.ts";

/** `tries`: of each page. */
export interface ListNeeds extends QuestionNeeds {
  readonly transport: Pick<Transport, "get">;
  /** The whole list has to be there within this. */
  readonly deadlineMs: number;
}

const pageSize = 500;
/** 100,000 objects: more is a mistake in the selector. */
const mostPages = 200;

/** @throws ClusterError; the signal's reason when `signal` aborts */
export async function readList<T>(needs: ListNeeds, call: ApiCall, where: Where, kept: Kept<T>, signal: AbortSignal): Promise<readonly T[]> {
  return withinDeadline(needs, call, needs.deadlineMs, signal, async (stop, endsAt) => {
    const read = (): Promise<readonly T[]> => readPages(needs, call, where, kept, stop, endsAt);
    // Too long under way for its continue token: once more from the start.
    return read().catch((error: unknown) => {
      if (error instanceof ClusterError && error.failure === "expired") return read();
      throw error;
    });
  });
}

async function readPages<T>(needs: ListNeeds, call: ApiCall, where: Where, kept: Kept<T>, signal: AbortSignal, endsAt: number): Promise<readonly T[]> {
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  const all: T[] = [];
  /** The next page, asked for while this one is read: the server makes it meanwhile. */
  let early: { readonly path: string; readonly answer: Promise<HttpAnswer> } | undefined;
  const pathFrom = (from: string | undefined): string => pathOf(call, where, { limit: pageSize, continue: from });
  const ask = async (path: string): Promise<HttpAnswer> => needs.transport.get(path, stop, kept.protobuf === undefined ? "json" : "protobuf");
  const askEarly = (from: string): void => {
    const path = pathFrom(from);
    if (early?.path === path) return;
    early = { path, answer: ask(path) };
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
        const asked = answer ?? ask(path);
        answer = undefined;
        return readPage(needs.cluster, call, await asked, kept, page === mostPages ? () => undefined : askEarly);
      };
      const { records, next } = await persevere(needs, call, read, stop, endsAt);
      for (const record of records) all.push(record);
      if (next === undefined) return all;
      from = next;
    }
  } finally {
    over.abort(new Error("the list is done with"));
    await early?.answer.catch(() => undefined);
  }
  throw new ClusterError("bad-answer", `${needs.cluster} has more than ${pageSize * mostPages} ${call.resource}`, "Narrow what is looked at.");
}
