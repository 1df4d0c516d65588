/** A real listening intake in front of a real store. */
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { pino } from "pino";
import { onTestFinished } from "vitest";
import { parseDelivery } from "../../../../src/alerts/delivery-json.ts";
import type { Delivery } from "../../../../src/alerts/delivery.ts";
import { serveIntake, type Intake, type IntakeNeeds } from "../../../../src/alerts/intake/server.ts";
import { systemClock } from "../../../../src/clock.ts";
import type { Store } from "../../../../src/store/store.ts";
import { tempStore } from "../../../support/temp-store.ts";

export const secret = "canary-of-the-webhook-4711";
export const bearer = `Bearer ${secret}`;
export const password = "canary-of-basic-0815";

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

export interface PostOptions {
  readonly receiver?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly authorization?: string | undefined;
}

export interface IntakeStage {
  readonly intake: Intake;
  readonly store: Store;
  readonly post: (body: unknown, options?: PostOptions) => Promise<Answered>;
  /** What was accepted, oldest first. */
  readonly deliveries: () => Promise<readonly Delivery[]>;
  /** All that was logged. */
  readonly logged: () => string;
  /** `source outcome` of each call. */
  readonly outcomes: readonly string[];
  readonly socket: () => Promise<Socket>;
}

export async function setIntake(changes: Partial<IntakeNeeds> = {}): Promise<IntakeStage> {
  const store = await tempStore();
  const lines: string[] = [];
  const outcomes: string[] = [];
  const intake = await serveIntake({
    listen: { host: "127.0.0.1", port: 0 },
    credentials: [
      { source: "prod", kind: "bearer", secret },
      { source: "homelab", kind: "basic", user: "alertmanager", secret: password },
    ],
    accept: async (deliveries) => store.acceptDeliveries(deliveries, { copyWindowMs: 120_000, limit: 10_000 }),
    deadLetter: store.saveDeadLetter,
    clock: systemClock,
    log: pino({ level: "trace" }, { write: (line: string) => void lines.push(line) }),
    metrics: { delivered: (source, outcome) => void outcomes.push(`${source} ${outcome}`.trim()) },
    ...changes,
  });
  onTestFinished(async () => intake[Symbol.asyncDispose]());
  return {
    intake,
    store,
    outcomes,
    logged: () => lines.join(""),
    deliveries: async () => (await store.read.pendingDeliveries(1000)).map((each) => parseDelivery(each.body)),
    post: async (body, { receiver = "ops", headers = {}, ...given } = {}) => {
      const authorization = "authorization" in given ? given.authorization : bearer;
      return await send(intake.port, `/alertmanager/${receiver}`, typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body), {
        "content-type": "application/json",
        ...headers,
        ...(authorization === undefined ? {} : { authorization }),
      });
    },
    socket: async () => openSocket(intake.port),
  };
}

/** As `fetch`, but sends exactly these headers and does not mind an answer before the body's end. */
export function send(port: number, path: string, body: string | Buffer, headers: Readonly<Record<string, string>>): Promise<Answered> {
  const { promise, resolve, reject } = Promise.withResolvers<Answered>();
  const sent = request({ host: "127.0.0.1", port, path, method: "POST", headers: { "content-length": String(Buffer.byteLength(body)), ...headers } });
  sent.on("response", (response) => {
    let text = "";
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => {
      text += chunk;
    });
    response.on("end", () => {
      const parsed: unknown = text === "" ? undefined : JSON.parse(text);
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parsed });
    });
  });
  sent.on("error", reject);
  sent.end(body);
  return promise;
}

export async function openSocket(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  await new Promise<void>((resolve) => {
    socket.once("connect", resolve);
    socket.once("close", () => resolve());
  });
  onTestFinished(() => {
    socket.destroy();
  });
  return socket;
}

/** All that comes until the other side ends it. */
export async function readAll(socket: Socket): Promise<string> {
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  return text;
}
