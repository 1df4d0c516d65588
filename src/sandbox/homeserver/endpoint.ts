/** From an HTTP request to what a route needs, and from what it gives (or throws) to an answer. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import * as z from "zod";
import type { Caller, Core } from "./core.ts";
import { isJson, type Json } from "./event.ts";
import { badRequest, MatrixError, unknownToken } from "./matrix-error.ts";
import type { SyncAnswers } from "./sync-poll.ts";
import type { Transactions } from "./transactions.ts";

export interface Site {
  readonly app: FastifyInstance;
  readonly core: Core;
  readonly transactions: Transactions;
  readonly syncAnswers: SyncAnswers;
  /** What `/_matrix/federation/v1/version` says. */
  readonly software: { readonly name: string; readonly version: string };
}

export interface Call {
  readonly param: (name: string) => string;
  /** `undefined` when it is not there. @throws {MatrixError} 400 when it is no number. */
  readonly queryNumber: (name: string) => number | undefined;
  readonly query: (name: string) => string | undefined;
  /** The path as it was sent, without the query. */
  readonly path: string;
  readonly method: string;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
  readonly header: (name: string) => string | undefined;
  readonly bytes: () => Buffer;
  /** A JSON object; an empty body is `{}`. @throws {MatrixError} M_NOT_JSON or M_BAD_JSON */
  readonly json: () => Json;
  readonly parsed: <T>(schema: z.ZodType<T>) => T;
  /** Who asks. @throws {MatrixError} 401 */
  readonly caller: () => Caller;
  readonly reply: FastifyReply;
}

export type Handler = (call: Call) => unknown;

const clientPrefixes = ["/_matrix/client/v3", "/_matrix/client/r0"] as const;

/** Serves `path` of the client-server API under its current and its old version. */
export function clientRoute(site: Site, method: "DELETE" | "GET" | "POST" | "PUT", path: string, handler: Handler): void {
  for (const prefix of clientPrefixes) serve(site, method, prefix + path, handler);
}

export function serve(site: Site, method: "DELETE" | "GET" | "POST" | "PUT", path: string, handler: Handler): void {
  site.app.route({ method, url: path, handler: async (request, reply) => handler(callOf(site.core, request, reply)) });
}

function callOf(core: Core, request: FastifyRequest, reply: FastifyReply): Call {
  const params = stringsIn(request.params);
  const query = stringsIn(request.query);
  const bytes = (): Buffer => (Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0));
  const json = (): Json => readJson(bytes());
  return {
    param: (name) => {
      const value = params[name];
      if (value === undefined) throw new Error(`the route has no parameter ${name}`);
      return value;
    },
    query: (name) => query[name],
    queryNumber: (name) => numberOf(name, query[name]),
    path: pathOf(request),
    method: request.method,
    signal: signalOf(reply),
    header: (name) => headerOf(request, name),
    bytes,
    json,
    parsed: (schema) => parse(schema, json()),
    caller: () => callerOf(core, request, query["access_token"]),
    reply,
  };
}

export const pathOf = (request: FastifyRequest): string => request.url.split("?", 1)[0] ?? "";

/** Aborts when the connection is closed before the answer was sent. */
export function signalOf(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => gone.abort());
  return gone.signal;
}

function callerOf(core: Core, request: FastifyRequest, fromQuery: string | undefined): Caller {
  const token = /^Bearer (.+)$/u.exec(headerOf(request, "authorization") ?? "")?.[1] ?? fromQuery;
  if (token === undefined) throw new MatrixError(401, "M_MISSING_TOKEN", "Missing access token");
  const device = core.state.accounts.device(token);
  if (device === undefined) throw unknownToken();
  return device;
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" ? value : value?.[0];
}

function readJson(bytes: Buffer): Json {
  if (bytes.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch {
    throw badRequest("Content not JSON.", "M_NOT_JSON");
  }
  if (!isJson(value)) throw badRequest("Content must be a JSON object.", "M_BAD_JSON");
  return value;
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (!result.success) throw badRequest(z.prettifyError(result.error), "M_BAD_JSON");
  return result.data;
}

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw badRequest(`Query parameter '${name}' must be an integer`, "M_INVALID_PARAM");
  return value;
}

function stringsIn(value: unknown): Readonly<Record<string, string>> {
  if (!isJson(value)) return {};
  const first = Object.entries(value).map(([key, each]): readonly [string, unknown] => [key, Array.isArray(each) ? each[0] : each]);
  return Object.fromEntries(first.filter((entry): entry is readonly [string, string] => typeof entry[1] === "string"));
}
