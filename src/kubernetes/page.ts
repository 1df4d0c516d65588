/** Reads one page of a list from the API's answer, object by object as it arrives. */
import type { ApiCall } from "./calls.ts";
import { ClusterError, refusedCall } from "./errors.ts";
import { field, isList, textOf } from "./json.ts";
import { scanProtobufList } from "./protobuf/scan-list.ts";
import type { Value } from "./protobuf/value.ts";
import { readRefusal } from "./refusal.ts";
import { scanList } from "./scan.ts";
import type { HttpAnswer } from "./transport.ts";

export interface Page<T> {
  readonly records: readonly T[];
  /** The token of the page that follows. */
  readonly next: string | undefined;
}

/** What is kept of each object of a list. */
export interface Kept<T> {
  readonly keep: (item: unknown) => T | undefined;
  /** What `keep` looks at, where the API serves the kind in protobuf: a third of the bytes, and nothing read that is not wanted. */
  readonly protobuf?: Value;
}

/** Who wrote which field when: half of what the API sends of an object, and nothing that is shown. */
const unwanted = ["managedFields"];
const remedy = "See what answers at the address that the configuration names.";

/**
 * @param onNext told of the next page's token as soon as it is known, mostly before the first object
 * @throws ClusterError for a refusal, or what is no list; what reading the answer throws
 */
export async function readPage<T>(
  cluster: string,
  call: ApiCall,
  answer: HttpAnswer,
  { keep, protobuf }: Kept<T>,
  onNext: (token: string) => void,
): Promise<Page<T>> {
  if (answer.status < 200 || answer.status >= 300) throw refusedCall(cluster, call, answer.status, (await readRefusal(answer)).message, answer.retryAfterMs);
  const records: T[] = [];
  const onHead = (list: unknown): void => {
    const token = tokenOf(list);
    if (token !== undefined) onNext(token);
  };
  const onItems = (items: readonly unknown[]): void => {
    for (const item of items) {
      const record = keep(item);
      if (record !== undefined) records.push(record);
    }
  };
  const inProtobuf = answer.format === "protobuf" && protobuf !== undefined;
  const scanner = inProtobuf ? scanProtobufList({ item: protobuf, onHead, onItems }) : scanList({ unwanted, onHead, onItems });
  try {
    await answer.read(scanner.push);
    const list = scanner.end();
    // A server written in Go says null for an empty list.
    const items = field(list, "items");
    if (items !== null && !isList(items))
      throw new ClusterError("bad-answer", `${cluster} answered to list ${call.resource} with something that is no list`, remedy);
    return { records, next: tokenOf(list) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ClusterError("bad-answer", `${cluster} answered to list ${call.resource} with something that is no ${inProtobuf ? "protobuf" : "JSON"}`, remedy, {
      cause: error,
    });
  }
}

function tokenOf(list: unknown): string | undefined {
  const token = textOf(field(field(list, "metadata"), "continue"));
  return token === "" ? undefined : token;
}
