/** `/livez`, `/readyz`, `/metrics` on a port of their own, which no one outside the cluster should reach. */
import { fastify } from "fastify";
import { judgeReadiness, type Vitals } from "./health.ts";
import type { Metrics } from "./metrics.ts";
import { withoutSchemas } from "../without-schemas.ts";

export interface AdminServer extends AsyncDisposable {
  /** The port it listens on; of use when the configured one was 0. */
  readonly port: number;
}

/** @throws when the address cannot be listened on */
export async function serveAdmin(
  listen: { readonly host: string; readonly port: number },
  vitals: () => Promise<Vitals>,
  metrics: Metrics,
  /** Brings up to date what is measured only when somebody looks. */
  refresh: () => Promise<void> = async () => undefined,
): Promise<AdminServer> {
  const server = fastify({ logger: false, schemaController: withoutSchemas, forceCloseConnections: true, bodyLimit: 1024 });
  server.get("/livez", async () => ({ alive: true }));
  server.get("/readyz", async (_request, reply) => {
    const readiness = judgeReadiness(await vitals());
    return reply.code(readiness.ready ? 200 : 503).send(readiness);
  });
  server.get("/metrics", async (_request, reply) => {
    const { outbox } = await vitals();
    metrics.outbox(outbox ?? { waiting: 0, oldestAgeMs: 0 });
    await refresh();
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
  await server.listen(listen);
  const address = server.server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : listen.port,
    [Symbol.asyncDispose]: async () => {
      await server.close();
    },
  };
}
