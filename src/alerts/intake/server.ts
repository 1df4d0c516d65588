/** `POST /alertmanager/<receiver>` on a port of its own: 2xx only once what was said is kept. */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { fastify, type FastifyReply, type FastifyRequest } from "fastify";
import type { Clock } from "../../clock.ts";
import type { Log } from "../../observe/log.ts";
import type { DeadLetter, DeliveryRecord } from "../../store/alert-store.ts";
import { createBatcher } from "./batch.ts";
import { createByteBudget } from "./byte-budget.ts";
import { knowCredentials, sourceOf, type ReadCredential } from "./credentials.ts";
import { defaultLimits, type IntakeLimits } from "./limits.ts";
import { receiverOf } from "./receiver.ts";
import { receive, type Answer } from "./receive.ts";
import { sparingly } from "./sparingly.ts";
import { withoutSchemas } from "../../without-schemas.ts";

export interface IntakeNeeds {
  readonly listen: { readonly host: string; readonly port: number };
  /** At least one: without a credential nobody is let in. */
  readonly credentials: readonly ReadCredential[];
  /** Keeps all of them, durably, or throws and keeps none. Answers how many were new. */
  readonly accept: (deliveries: readonly DeliveryRecord[]) => Promise<number>;
  readonly deadLetter: (letter: DeadLetter) => Promise<void>;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
  readonly metrics: IntakeMetrics;
  readonly limits?: Partial<IntakeLimits>;
}

export interface IntakeMetrics {
  /** `refused`: no or a wrong credential; its source is not known. */
  readonly delivered: (source: string, outcome: Answer["outcome"] | "refused", seconds: number) => void;
}

export interface Intake extends AsyncDisposable {
  /** The port it listens on; of use when the configured one was 0. */
  readonly port: number;
}

/** Between two sayings of the same in the log. */
const sayAgainMs = 10_000;
/** Longer than Alertmanager's pause between two flushes of a group. */
const idleMs = 75_000;
const retryAfterSeconds = 5;

/** Disposing it answers what it has taken and takes no more. @throws {OpsroomError} for credentials that cannot be used; when the address cannot be listened on */
export async function serveIntake({ listen, credentials, accept, deadLetter, clock, log, metrics, limits: given }: IntakeNeeds): Promise<Intake> {
  const known = knowCredentials(credentials);
  const limits = { ...defaultLimits, ...given };
  const onTrouble = sparingly(clock, sayAgainMs, (error: unknown, times) =>
    log.error({ err: error, times }, "deliveries of alerts could not be kept; they come again"),
  );
  const onStranger = sparingly(clock, sayAgainMs, (address: unknown, times) =>
    log.warn({ address, times }, "webhook calls without a valid credential were refused"),
  );
  const batcher = createBatcher({ commit: accept, atOnce: limits.atOnce, waiting: limits.waiting });
  const needs = { limits, budget: createByteBudget(limits.allBodiesBytes), batcher, deadLetter, now: clock.now, onTrouble };
  let stopping = false;
  const callers = new WeakMap<IncomingMessage, { readonly source: string; readonly since: number }>();

  const server = fastify({
    logger: false,
    schemaController: withoutSchemas,
    forceCloseConnections: "idle",
    keepAliveTimeout: idleMs,
    // Behind our own deadline for bodies, which answers; this one only ends the connection.
    requestTimeout: limits.headersMs + limits.bodyMs + limits.keepMs,
    http: { headersTimeout: limits.headersMs, connectionsCheckingInterval: 1000 },
    clientErrorHandler: refuseBrokenRequest,
    // An address that cannot be decoded. Nobody looked at a credential yet: nothing is kept.
    frameworkErrors: (_error, _request, reply) => {
      reply.hijack();
      reply.raw.writeHead(400, { connection: "close", "content-type": "application/json" });
      reply.raw.end(JSON.stringify({ status: "refused", why: "the address cannot be read" }));
    },
    routerOptions: { maxParamLength: 16_384 },
  });
  server.server.maxConnections = limits.connections;
  // The body is read by ourselves, after the credential was looked at, whatever it calls itself.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", (_request, _payload, done) => done(null));

  server.addHook("onRequest", async (request, reply) => {
    const since = performance.now();
    const source = sourceOf(request.headers.authorization, known);
    if (source === undefined) {
      onStranger(request.ip);
      metrics.delivered("", "refused", (performance.now() - since) / 1000);
      return refuseStranger(reply);
    }
    callers.set(request.raw, { source, since });
    // Fastify refuses types that it cannot read with 415, which is final.
    request.raw.headers["content-type"] = "application/json";
    return undefined;
  });
  const take = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const caller = callers.get(request.raw);
    if (caller === undefined) return refuseStranger(reply);
    const { source, since } = caller;
    const answer = await receive({ request: request.raw, source, receiver: receiverOf(request.raw.url ?? "") }, needs);
    metrics.delivered(source, answer.outcome, (performance.now() - since) / 1000);
    // What has not arrived by now is not waited for; nor is, when it stops, whether another call comes.
    if (stopping || !request.raw.complete) reply.header("connection", "close");
    return send(reply, answer);
  };
  server.post("/alertmanager", take);
  server.post("/alertmanager/*", take);
  server.setNotFoundHandler(
    (_request, reply) => void reply.code(404).header("connection", "close").send({ status: "refused", why: "alerts are taken by POST /alertmanager/RECEIVER" }),
  );
  server.setErrorHandler((error, _request, reply) => {
    onTrouble(error);
    void reply.code(503).header("retry-after", retryAfterSeconds).send({ status: "later", why: "an error of Opsroom's own" });
  });

  await server.listen(listen);
  const address = server.server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : listen.port,
    [Symbol.asyncDispose]: async () => {
      stopping = true;
      // Whoever is slow now is cut off and comes again.
      const timer = setTimeout(() => server.server.closeAllConnections(), limits.keepMs);
      await server.close();
      clearTimeout(timer);
    },
  };
}

/** Says which kinds of credential there are, and not what was wrong with this one. Its body is not read: the connection ends. */
function refuseStranger(reply: FastifyReply): FastifyReply {
  return reply
    .code(401)
    .header("www-authenticate", ['Basic realm="opsroom", charset="UTF-8"', 'Bearer realm="opsroom"'])
    .header("connection", "close")
    .send({ status: "refused", why: "a valid credential is needed" });
}

function send(reply: FastifyReply, answer: Answer): FastifyReply {
  if (answer.status === 503) reply.header("retry-after", retryAfterSeconds);
  const status = answer.outcome === "copy" ? "accepted" : answer.outcome;
  return reply.code(answer.status).send("why" in answer ? { status, why: answer.why } : { status });
}

/** What is no HTTP is refused; what was too slow may be faster another time. */
function refuseBrokenRequest(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? "503 Service Unavailable" : "400 Bad Request";
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}
