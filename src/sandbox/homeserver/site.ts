/** The HTTP side: the application with its routes, and how requests go wrong on demand. */
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Core } from "./core.ts";
import { pathOf, signalOf, type Site } from "./endpoint.ts";
import type { Fault, FaultBoard } from "./faults.ts";
import type { AuthSessions } from "./interactive-auth.ts";
import { limitExceeded, MatrixError, unknownToken } from "./matrix-error.ts";
import { accountRoutes } from "./routes/account.ts";
import { deviceRoutes } from "./routes/devices.ts";
import { eventRoutes } from "./routes/events.ts";
import { historyRoutes } from "./routes/history.ts";
import { keyBackupRoutes } from "./routes/key-backup.ts";
import { keyRoutes } from "./routes/keys.ts";
import { liveRoutes } from "./routes/live.ts";
import { mediaRoutes } from "./routes/media.ts";
import { roomRoutes } from "./routes/rooms.ts";
import { serverRoutes } from "./routes/server.ts";
import { SyncAnswers } from "./sync-poll.ts";
import { Transactions } from "./transactions.ts";
import { withoutSchemas } from "../../without-schemas.ts";

export interface SiteOptions {
  readonly core: Core;
  readonly faults: FaultBoard;
  readonly software: Site["software"];
  /** Told of each request as it arrives. */
  readonly onRequest: (method: string, path: string) => void;
  /** A mistake of the embedded server itself. */
  readonly onBug: (error: unknown) => void;
}

const maxBodyBytes = 50 * 2 ** 20;
const maxParameterLetters = 2000;

export async function buildSite(options: SiteOptions): Promise<Site> {
  const app = fastify({
    schemaController: withoutSchemas,
    bodyLimit: maxBodyBytes,
    routerOptions: { maxParamLength: maxParameterLetters },
    forceCloseConnections: true,
  });
  app.removeAllContentTypeParsers();
  // Synapse does not look at the content type of a request either.
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.setNotFoundHandler(async (_request, reply) => answerError(reply, new MatrixError(404, "M_UNRECOGNIZED", "Unrecognized request")));
  app.setErrorHandler(async (error, _request, reply) => answerError(reply, asMatrixError(error, options.onBug)));
  injectFaults(app, options);
  const site: Site = { app, core: options.core, transactions: new Transactions(), syncAnswers: new SyncAnswers(), software: options.software };
  for (const routes of [serverRoutes, accountRoutes, roomRoutes, eventRoutes, historyRoutes, liveRoutes, mediaRoutes, keyBackupRoutes]) routes(site);
  const authSessions: AuthSessions = new Map();
  for (const routes of [keyRoutes, deviceRoutes]) routes(site, authSessions);
  await app.ready();
  return site;
}

async function answerError(reply: FastifyReply, error: MatrixError): Promise<FastifyReply> {
  return reply.code(error.status).headers(error.headers).send(error.body());
}

function asMatrixError(error: unknown, onBug: (error: unknown) => void): MatrixError {
  if (error instanceof MatrixError) return error;
  const status = typeof error === "object" && error !== null && "statusCode" in error ? error.statusCode : undefined;
  if (status === 413) return new MatrixError(413, "M_TOO_LARGE", "Request content is too large");
  if (typeof status === "number" && status < 500) return new MatrixError(status, "M_UNKNOWN", "Bad request");
  onBug(error);
  return new MatrixError(500, "M_UNKNOWN", "Internal server error");
}

function injectFaults(app: FastifyInstance, { faults, core, onRequest }: SiteOptions): void {
  const cut = new WeakSet<FastifyRequest>();
  app.addHook("onRequest", async (request, reply) => {
    const path = pathOf(request);
    onRequest(request.method, path);
    const fault = faults.strike(request.method, path);
    if (fault?.kind === "cut-reply") cut.add(request);
    else if (fault !== undefined) await strike(fault, core, request, reply);
  });
  app.addHook("onSend", async (request, _reply, payload) => {
    if (cut.has(request)) request.raw.socket.destroy();
    return payload;
  });
}

async function strike(fault: Fault, core: Core, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  switch (fault.kind) {
    case "502-html":
      await reply.code(502).type("text/html").send("<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>");
      return;
    case "429":
      throw limitExceeded(fault.retryAfterMs ?? 1000, fault.retryAfterIn);
    case "401":
      throw unknownToken();
    case "slow":
      await core.clock.sleep(fault.ms ?? 1000, signalOf(reply)).catch(() => undefined);
      return;
    case "hang":
      reply.hijack();
      return;
    case "drop":
      reply.hijack();
      request.raw.socket.destroy();
      return;
    case "cut-reply":
      return;
    default:
      fault.kind satisfies never;
  }
}
