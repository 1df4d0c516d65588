/** Talks to an Alertmanager's API as Prometheus and people do, on plain `fetch`. */
import * as z from "zod";

type Labels = Readonly<Record<string, string>>;

export interface ApiReply {
  readonly status: number;
  /** Parsed where it is JSON, else the text. */
  readonly body: unknown;
}

const shownAlerts = z.array(
  z.object({
    fingerprint: z.string(),
    labels: z.record(z.string(), z.string()),
    receivers: z.array(z.object({ name: z.string() })),
    status: z.object({ state: z.string(), silencedBy: z.array(z.string()), inhibitedBy: z.array(z.string()) }),
    startsAt: z.string(),
    endsAt: z.string(),
    updatedAt: z.string(),
  }),
);
export type ShownAlert = z.output<typeof shownAlerts>[number];

export interface WireSilence {
  readonly id?: string;
  readonly matchers: readonly { readonly name: string; readonly value: string; readonly isRegex: boolean; readonly isEqual?: boolean }[];
  readonly startsAt: string;
  readonly endsAt: string;
  readonly createdBy: string;
  readonly comment: string;
}

const shownSilences = z.array(
  z.object({ id: z.string(), createdBy: z.string(), comment: z.string(), endsAt: z.string(), status: z.object({ state: z.string() }) }),
);
export type ShownSilence = z.output<typeof shownSilences>[number];

export interface AlertmanagerClient {
  readonly request: (method: string, path: string, body?: unknown) => Promise<ApiReply>;
  readonly fire: (...alerts: readonly { readonly labels: Labels; readonly annotations?: Labels; readonly generatorURL?: string }[]) => Promise<void>;
  readonly resolve: (...labels: readonly Labels[]) => Promise<void>;
  readonly alerts: (query?: Readonly<Record<string, string>>) => Promise<readonly ShownAlert[]>;
  /** Makes a silence. @returns its id @throws when it is refused */
  readonly silence: (silence: Partial<WireSilence> & Pick<WireSilence, "matchers">) => Promise<string>;
  /** Those that have not ended. */
  readonly silences: () => Promise<readonly ShownSilence[]>;
  /** The value of a figure of its `/metrics`, summed over its labels. */
  readonly figure: (name: string) => Promise<number>;
}

export function alertmanagerClient(baseUrl: string): AlertmanagerClient {
  const request: AlertmanagerClient["request"] = async (method, path, body) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = await fetch(baseUrl + path, {
      method,
      // A kept connection would break when the other side is killed and comes back.
      headers: { "content-type": "application/json", connection: "close" },
      ...(body === undefined ? {} : { body: text }),
      signal: AbortSignal.timeout(10_000),
    });
    const answer = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json") === true && answer !== "";
    return { status: response.status, body: isJson ? JSON.parse(answer) : answer };
  };
  const ok = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const reply = await request(method, path, body);
    if (reply.status !== 200) throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
    return reply.body;
  };
  return {
    request,
    fire: async (...alerts) => void (await ok("POST", "/api/v2/alerts", alerts)),
    resolve: async (...labels) => {
      const endsAt = new Date().toISOString();
      await ok(
        "POST",
        "/api/v2/alerts",
        labels.map((each) => ({ labels: each, endsAt })),
      );
    },
    alerts: async (query = {}) => shownAlerts.parse(await ok("GET", `/api/v2/alerts?${new URLSearchParams(query).toString()}`)),
    silence: async (silence) => {
      const now = Date.now();
      const whole: WireSilence = {
        startsAt: new Date(now).toISOString(),
        endsAt: new Date(now + 3_600_000).toISOString(),
        createdBy: "@nadia:example.org",
        comment: "looked at",
        ...silence,
      };
      return z.object({ silenceID: z.string() }).parse(await ok("POST", "/api/v2/silences", whole)).silenceID;
    },
    silences: async () => shownSilences.parse(await ok("GET", "/api/v2/silences")).filter((each) => each.status.state !== "expired"),
    figure: async (name) => {
      const text = String(await ok("GET", "/metrics"));
      const values = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gmu"))].map(([, value]) => Number(value));
      return values.reduce((sum, value) => sum + value, 0);
    },
  };
}
