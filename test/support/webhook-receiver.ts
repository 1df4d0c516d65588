/** Takes what Alertmanager tells a webhook, and answers as a test wishes. */
import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";

const labels = z.record(z.string(), z.string());
const body = z.object({
  receiver: z.string(),
  status: z.enum(["firing", "resolved"]),
  alerts: z.array(
    z.object({
      status: z.enum(["firing", "resolved"]),
      labels,
      annotations: labels,
      startsAt: z.string(),
      endsAt: z.string(),
      generatorURL: z.string(),
      fingerprint: z.string(),
    }),
  ),
  groupLabels: labels,
  commonLabels: labels,
  commonAnnotations: labels,
  externalURL: z.string(),
  version: z.string(),
  groupKey: z.string(),
  truncatedAlerts: z.number(),
});
export type WebhookBody = z.output<typeof body>;

export interface Told {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: WebhookBody;
  /** `performance.now()` when it had come in whole. */
  readonly at: number;
}

/** A status; `cut`: the connection breaks instead of an answer. */
export type Answer = number | "cut";

export interface WebhookReceiver extends AsyncDisposable {
  readonly url: string;
  /** What came for the group with this `alertname`, oldest first; without a name everything. */
  readonly told: (alertname?: string) => readonly Told[];
  /** The first `count` of them. @throws when they have not come within `timeoutMs` */
  readonly waitFor: (alertname: string, count: number, timeoutMs?: number) => Promise<readonly Told[]>;
  /** The next calls for this group are answered so, in order; 200 after that. */
  readonly answer: (alertname: string, answers: readonly Answer[]) => void;
  /** Each answer takes so long. */
  readonly slow: (ms: number) => void;
}

export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const all: Told[] = [];
  const answers = new Map<string, Answer[]>();
  let slowMs = 0;
  let onMore = Promise.withResolvers<undefined>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const told: Told = {
        path: request.url ?? "",
        headers: request.headers,
        body: body.parse(JSON.parse(Buffer.concat(chunks).toString())),
        at: performance.now(),
      };
      all.push(told);
      onMore.resolve(undefined);
      onMore = Promise.withResolvers();
      const answer = answers.get(nameOf(told))?.shift() ?? 200;
      if (answer === "cut") request.socket.destroy();
      else setTimeout(() => response.writeHead(answer).end(), slowMs);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the receiver has no port");
  const told: WebhookReceiver["told"] = (alertname) => (alertname === undefined ? all : all.filter((each) => nameOf(each) === alertname));
  return {
    url: `http://127.0.0.1:${address.port}`,
    told,
    waitFor: async (alertname, count, timeoutMs = 20_000) => {
      const over = new AbortController();
      const late = delay(timeoutMs, true, { signal: over.signal }).catch(() => true);
      try {
        while (told(alertname).length < count) {
          const waited = await Promise.race([onMore.promise, late]);
          if (waited === true) throw new Error(`${told(alertname).length} of ${count} notifications of ${alertname} within ${timeoutMs} ms`);
        }
        return told(alertname).slice(0, count);
      } finally {
        over.abort();
      }
    },
    answer: (alertname, wanted) => answers.set(alertname, [...wanted]),
    slow: (ms) => {
      slowMs = ms;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await once(server.close(), "close");
    },
  };
}

const nameOf = ({ body }: Told): string => body.groupLabels["alertname"] ?? "";
