/** Sends webhook calls as Alertmanager does: the whole group each time, again after a 5xx or a broken connection, never after anything else. */
import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

export interface SentAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly status?: "firing" | "resolved";
  /** RFC 3339; the start of the test by default. */
  readonly startsAt?: string;
  readonly endsAt?: string;
}

export interface SentGroup {
  readonly name: string;
  readonly severity?: string;
  readonly alerts?: readonly SentAlert[];
  readonly status?: "firing" | "resolved";
  /** Anything else that stands in the body, or instead of what would. */
  readonly more?: Readonly<Record<string, unknown>>;
}

export interface AlertSource {
  /** Sends until it is accepted; answers the milliseconds of the last try. @throws when it is refused for good */
  readonly send: (group: SentGroup) => Promise<number>;
  /** One try with any body. */
  readonly post: (body: string | Uint8Array, headers?: Readonly<Record<string, string>>) => Promise<{ readonly status: number; readonly text: string }>;
  /** Tries that were refused with 5xx or broke off. */
  readonly retries: () => number;
}

export interface SourceOptions {
  readonly port: number;
  readonly secret: string;
  readonly receiver?: string;
  /** Tells a second Alertmanager from the first. */
  readonly externalUrl?: string;
}

const startedAt = new Date(Date.now() - 60_000).toISOString();

export function alertSource({ port, secret, receiver = "ops", externalUrl = "http://alertmanager-0:9093" }: SourceOptions): AlertSource {
  let retries = 0;
  const post: AlertSource["post"] = async (body, headers = {}) => {
    const response = await fetch(`http://127.0.0.1:${port}/alertmanager/${encodeURIComponent(receiver)}`, {
      method: "POST",
      headers: { authorization: `Bearer ${secret}`, "content-type": "application/json", ...headers },
      body,
      signal: AbortSignal.timeout(30_000),
    });
    return { status: response.status, text: await response.text() };
  };
  return {
    post,
    retries: () => retries,
    send: async (group) => {
      const body = JSON.stringify(webhookBody(group, receiver, externalUrl));
      for (;;) {
        const began = performance.now();
        const answer = await post(body).catch(() => ({ status: 0, text: "" }));
        if (answer.status >= 200 && answer.status < 300) return performance.now() - began;
        if (answer.status > 0 && answer.status < 500) throw new Error(`${answer.status} ${answer.text}`);
        retries += 1;
        await delay(100);
      }
    },
  };
}

/** Alertmanager's payload, version 4. */
export function webhookBody(group: SentGroup, receiver: string, externalURL: string): object {
  const { name, severity = "warning", alerts = [{ labels: { instance: "a" } }], more = {} } = group;
  const all = alerts.map((alert) => {
    const labels = { alertname: name, severity, ...alert.labels };
    const status = group.status ?? alert.status ?? "firing";
    return {
      status,
      labels,
      annotations: { summary: `${name} is wrong`, ...alert.annotations },
      startsAt: alert.startsAt ?? startedAt,
      endsAt: status === "firing" ? "0001-01-01T00:00:00Z" : (alert.endsAt ?? new Date().toISOString()),
      generatorURL: "http://prometheus:9090/graph?g0.expr=up",
      fingerprint: createHash("sha256")
        .update(JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))))
        .digest("hex")
        .slice(0, 16),
    };
  });
  return {
    receiver,
    status: all.some((alert) => alert.status === "firing") ? "firing" : "resolved",
    alerts: all,
    groupLabels: { alertname: name },
    commonLabels: { alertname: name, severity },
    commonAnnotations: { summary: `${name} is wrong` },
    externalURL,
    version: "4",
    groupKey: `{}:{alertname="${name}"}`,
    truncatedAlerts: 0,
    ...more,
  };
}
