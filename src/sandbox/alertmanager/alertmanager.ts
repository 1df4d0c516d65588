/** An Alertmanager inside this process, for the sandbox and the tests: the API and the notifications of version 0.25, without a cluster of peers. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { systemClock, type Clock } from "../../clock.ts";
import type { Labels } from "../../alerts/delivery.ts";
import { FaultBoard, type Faults } from "../homeserver/faults.ts";
import { listenOnLoopback } from "../loopback.ts";
import { alertBook } from "./alert-book.ts";
import { answerTo, type ApiNeeds } from "./api.ts";
import { dispatcher, type SubRoute } from "./dispatcher.ts";
import type { Receiver, Timing } from "./group.ts";
import { readBody } from "./read-body.ts";
import type { Counts } from "./shapes.ts";
import { silenceBook } from "./silence-book.ts";

export interface EmbeddedAlertmanagerOptions extends Partial<Timing> {
  readonly receiver: Receiver;
  /** Alerts that go to other receivers; the first that fits decides. */
  readonly routes?: readonly SubRoute[];
  /** Names of labels; `["..."]`: all. By default `alertname`. */
  readonly groupBy?: readonly string[];
  /** An alert that is not told of again for this long has ended; five minutes unless given. */
  readonly resolveTimeoutMs?: number;
  /** What the API wants in `Authorization`, as a proxy before it would. */
  readonly authorization?: string;
  readonly port?: number;
  readonly clock?: Clock;
  /** 0…1, for the pauses between tries. */
  readonly random?: () => number;
}

export interface EmbeddedAlertmanager extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`; the same over {@link down} and {@link up}. */
  readonly baseUrl: string;
  /** Begins or goes on firing. */
  readonly fire: (labels: Labels, annotations?: Labels) => void;
  /** Has ended. */
  readonly resolve: (labels: Labels) => void;
  readonly counts: () => Counts;
  /** Makes requests to the API go wrong. */
  readonly faults: Faults;
  /** The API goes away and comes back on the same port; what is known stays, and notifications go on. */
  readonly down: () => Promise<void>;
  readonly up: () => Promise<void>;
}

const minuteMs = 60_000;
const maxAlerts = 50_000;
const maxSilences = 2000;

/** Listens on 127.0.0.1 until disposed. @throws when the port is taken */
export async function startEmbeddedAlertmanager(options: EmbeddedAlertmanagerOptions): Promise<EmbeddedAlertmanager> {
  const { clock = systemClock, resolveTimeoutMs = 5 * minuteMs } = options;
  const counts = { notifications: 0, notificationsFailed: 0, requests: 0, requestsFailed: 0 };
  const counted = {
    notification: "notifications",
    "notification failed": "notificationsFailed",
    request: "requests",
    "request failed": "requestsFailed",
  } as const;
  const alerts = alertBook({ resolveTimeoutMs, maxAlerts });
  const silences = silenceBook(maxSilences);
  const faults = new FaultBoard();
  let externalUrl = "";
  await using stack = new AsyncDisposableStack();
  const groups = stack.use(
    dispatcher({
      clock,
      random: options.random ?? Math.random,
      receiver: options.receiver,
      routes: options.routes ?? [],
      groupBy: options.groupBy ?? ["alertname"],
      groupWaitMs: options.groupWaitMs ?? minuteMs / 2,
      groupIntervalMs: options.groupIntervalMs ?? 5 * minuteMs,
      repeatIntervalMs: options.repeatIntervalMs ?? 240 * minuteMs,
      externalUrl: () => externalUrl,
      isMuted: (labels, now) => silences.muting(labels, now).length > 0,
      count: (what) => {
        counts[counted[what]] += 1;
      },
    }),
  );
  const needs: ApiNeeds = { clock, alerts, silences, dispatcher: groups, counts: () => counts, startedAt: clock.now() };
  const server = createServer((request, response) => {
    respond(request, response, needs, faults, options.authorization).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  const port = await listenOnLoopback(server, options.port ?? 0);
  externalUrl = `http://127.0.0.1:${port}`;
  const down = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };
  stack.defer(down);
  const take = (labels: Labels, annotations: Labels, endsAt: number | undefined): void =>
    groups.dispatch(alerts.take({ labels, annotations, startsAt: endsAt === undefined ? clock.now() : undefined, endsAt, generatorUrl: "" }, clock.now()));
  const releases = stack.move();
  return {
    baseUrl: externalUrl,
    fire: (labels, annotations = {}) => take(labels, annotations, undefined),
    resolve: (labels) => take(labels, alerts.get(labels)?.annotations ?? {}, clock.now()),
    counts: () => counts,
    faults,
    down,
    up: async () => {
      if (!server.listening) await listenOnLoopback(server, port);
    },
    [Symbol.asyncDispose]: async () => releases.disposeAsync(),
  };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  needs: ApiNeeds,
  faults: FaultBoard,
  authorization: string | undefined,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://alertmanager");
  const method = request.method ?? "GET";
  const body = await readBody(request);
  const fault = faults.strike(method, url.pathname);
  if (fault?.kind === "hang") return;
  if (fault?.kind === "slow") await needs.clock.sleep(fault.ms ?? 0);
  if (fault?.kind === "drop") {
    request.socket.destroy();
    return;
  }
  const refused = fault === undefined ? undefined : ({ "401": 401, "429": 429, "502-html": 502 } as Readonly<Record<string, number>>)[fault.kind];
  const isStranger = authorization !== undefined && request.headers.authorization !== authorization;
  const status = refused ?? (isStranger ? 401 : body === undefined ? 413 : undefined);
  const answer =
    status === undefined ? answerTo({ method, path: url.pathname, query: url.searchParams, body: body ?? "" }, needs) : { status, text: "<html></html>" };
  if (fault?.kind === "cut-reply") {
    request.socket.destroy();
    return;
  }
  const json = "json" in answer && answer.json !== undefined;
  response.writeHead(answer.status, json ? { "content-type": "application/json" } : {});
  response.end(json ? JSON.stringify(answer.json) : answer.text);
}
