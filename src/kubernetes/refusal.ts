/** What an API server says when it refuses: a Kubernetes `Status`, or a proxy's page of HTML. */
import { field, textOf } from "./json.ts";
import { readObject } from "./protobuf/envelope.ts";
import { status } from "./protobuf/kinds.ts";
import type { Format, HttpAnswer } from "./transport.ts";

/** A refusal is a few hundred bytes; a proxy's page of HTML is not worth more. */
const mostRefusalBytes = 64 * 1024;
const longestMessage = 200;

export interface Refusal {
  /** Shortened. */
  readonly message: string;
  /** `NotFound`, `AlreadyExists`; `undefined` when it is no `Status`. */
  readonly reason: string | undefined;
  /** The resource and the name that it is about: `namespaces`, `secrets`. */
  readonly kind: string | undefined;
  readonly name: string | undefined;
}

/** Reads all of the answer. @throws what reading it throws */
export async function readRefusal(answer: HttpAnswer): Promise<Refusal> {
  const chunks: Buffer[] = [];
  let size = 0;
  await answer.read((chunk) => {
    if (size < mostRefusalBytes) chunks.push(chunk);
    size += chunk.length;
  });
  const said = statusOf(Buffer.concat(chunks), answer.format);
  const details = field(said, "details");
  return {
    message: (textOf(field(said, "message")) ?? "no reason given").slice(0, longestMessage),
    reason: textOf(field(said, "reason")),
    kind: textOf(field(details, "kind")),
    name: textOf(field(details, "name")),
  };
}

function statusOf(bytes: Buffer, format: Format): unknown {
  try {
    return format === "protobuf" ? readObject(bytes, status) : JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}
