/** Lists a bucket: signed ListObjectsV2, page by page, bounded in pages, time and size. No key is ever in an error. */
import { connectionFault } from "../../connection-fault.ts";
import { field, listOf, textOf } from "../../kubernetes/json.ts";

export interface S3Place {
  /** `https://storage.example.org` */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface S3Object {
  readonly key: string;
  readonly at: number;
  readonly bytes: number;
}

export type S3Failure = "wrong-key" | "no-bucket" | "denied" | "unreachable" | "answer";

/** In words; `failure` for those who decide by it. */
export class S3Error extends Error {
  readonly failure: S3Failure;

  constructor(failure: S3Failure, message: string) {
    super(message);
    this.name = "S3Error";
    this.failure = failure;
  }
}

export interface ListBounds {
  readonly mostPages: number;
  readonly deadlineMs: number;
  /** Objects a page; 1000 at most. */
  readonly pageSize?: number;
}

/** A page of 1000 objects has some 400 KiB. */
const mostBytes = 4 * 2 ** 20;

/**
 * Hands over each object. @returns whether the listing was read to its end
 * @throws S3Error; the reason of `signal`
 */
export async function listObjects(
  place: S3Place,
  { mostPages, deadlineMs, pageSize = 1000 }: ListBounds,
  each: (object: S3Object) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const [{ AwsClient }, { XMLParser }] = await Promise.all([import("aws4fetch"), import("fast-xml-parser")]);
  const { accessKeyId, secretAccessKey, region } = place;
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: "s3", retries: 0 });
  // Entities are not resolved beyond XML's own, and keys stay text.
  const parser = new XMLParser({ parseTagValue: false, isArray: (name) => name === "Contents" });
  const late = AbortSignal.timeout(deadlineMs);
  const stop = AbortSignal.any([signal, late]);
  let token: string | undefined;
  for (let page = 1; page <= mostPages; page += 1) {
    const request = await client.sign(addressOf(place, pageSize, token), { method: "GET", redirect: "manual" });
    const { status, body } = await ask(request, place, stop, signal);
    if (status < 200 || status >= 300) throw refused(place, status, codeIn(body, parser));
    const list = field(parse(parser, body, place), "ListBucketResult");
    if (list === undefined) throw new S3Error("answer", `${hostOf(place)} answered something that is no list of objects`);
    for (const item of listOf(field(list, "Contents"))) {
      const object = objectOf(item);
      if (object !== undefined) each(object);
    }
    token = textIn(list, "NextContinuationToken");
    if (textIn(list, "IsTruncated") !== "true" || token === undefined) return true;
  }
  return false;
}

async function ask(request: Request, place: S3Place, stop: AbortSignal, signal: AbortSignal): Promise<{ readonly status: number; readonly body: string }> {
  try {
    const response = await fetch(request, { signal: stop });
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body ?? []) {
      size += chunk.length;
      if (size > mostBytes) throw new S3Error("answer", `${hostOf(place)} answered more than ${mostBytes / 2 ** 20} MiB`);
      chunks.push(chunk);
    }
    return { status: response.status, body: Buffer.concat(chunks).toString("utf8") };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof S3Error) throw error;
    const cause = error instanceof TypeError && error.cause !== undefined ? error.cause : error;
    throw new S3Error(
      "unreachable",
      `the object store ${hostOf(place)} cannot be reached: ${connectionFault(cause, "an authority that is known here", () => "the connection failed")}`,
    );
  }
}

/** Path style: what every server takes, whatever its name. */
function addressOf({ endpoint, bucket, prefix }: S3Place, pageSize: number, token: string | undefined): string {
  const url = new URL(`${endpoint.replace(/\/+$/u, "")}/${encodeURIComponent(bucket)}`);
  url.searchParams.set("list-type", "2");
  url.searchParams.set("max-keys", String(pageSize));
  if (prefix !== "") url.searchParams.set("prefix", prefix);
  if (token !== undefined) url.searchParams.set("continuation-token", token);
  return url.href;
}

function refused(place: S3Place, status: number, code: string | undefined): S3Error {
  const host = hostOf(place);
  switch (code) {
    case "InvalidAccessKeyId":
      return new S3Error("wrong-key", `${host} does not know the access key id`);
    case "SignatureDoesNotMatch":
      return new S3Error("wrong-key", `${host} refuses the secret key: it is wrong`);
    case "ExpiredToken":
    case "InvalidToken":
      return new S3Error("wrong-key", `${host} says that the credentials have expired`);
    case "NoSuchBucket":
      return new S3Error("no-bucket", `${host} has no bucket ${place.bucket}`);
    case "AccessDenied":
    case "AllAccessDisabled":
      return new S3Error("denied", `${host} does not let this key list the bucket ${place.bucket}`);
    case "RequestTimeTooSkewed":
      return new S3Error("denied", `${host} refuses the question: the clocks differ too much`);
    case undefined:
    default:
      if (status === 404) return new S3Error("no-bucket", `${host} has no bucket ${place.bucket} (404)`);
      if (status === 403 || status === 401) return new S3Error("denied", `${host} refuses the key (${status})`);
      if (status >= 300 && status < 400) return new S3Error("answer", `${host} sends elsewhere (${status}): the endpoint or the region is another`);
      return new S3Error(status >= 500 ? "unreachable" : "answer", `${host} answered ${status}${code === undefined ? "" : ` (${code.slice(0, 60)})`}`);
  }
}

type Parser = { readonly parse: (text: string) => unknown };

function parse(parser: Parser, body: string, place: S3Place): unknown {
  try {
    return parser.parse(body);
  } catch {
    throw new S3Error("answer", `${hostOf(place)} answered something that is no XML`);
  }
}

function codeIn(body: string, parser: Parser): string | undefined {
  try {
    return textIn(field(parser.parse(body), "Error"), "Code");
  } catch {
    return undefined;
  }
}

function objectOf(item: unknown): S3Object | undefined {
  const key = textIn(item, "Key");
  const at = Date.parse(textIn(item, "LastModified") ?? "");
  const bytes = Number(textIn(item, "Size") ?? Number.NaN);
  return key === undefined || Number.isNaN(at) || !Number.isFinite(bytes) ? undefined : { key, at, bytes };
}

function hostOf({ endpoint }: S3Place): string {
  return URL.canParse(endpoint) ? new URL(endpoint).host : "the object store";
}

function textIn(value: unknown, name: string): string | undefined {
  return textOf(field(value, name));
}
