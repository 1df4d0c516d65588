/** How the API shows what it keeps. Pure. */
import type { KnownAlert } from "./alert-book.ts";
import { wireMatcher } from "./requests.ts";
import { stateOf, type Silence } from "./silence-book.ts";

const at = (ms: number): string => new Date(ms).toISOString();

export function shownAlert(alert: KnownAlert, receivers: readonly string[], silencedBy: readonly string[]): object {
  return {
    annotations: alert.annotations,
    endsAt: at(alert.endsAt),
    fingerprint: alert.fingerprint,
    receivers: receivers.map((name) => ({ name })),
    startsAt: at(alert.startsAt),
    status: { inhibitedBy: [], silencedBy, state: silencedBy.length > 0 ? "suppressed" : "active" },
    updatedAt: at(alert.updatedAt),
    ...(alert.generatorUrl === "" ? {} : { generatorURL: alert.generatorUrl }),
    labels: alert.labels,
  };
}

export function shownSilence(silence: Silence, now: number): object {
  return {
    id: silence.id,
    status: { state: stateOf(silence, now) },
    updatedAt: at(silence.updatedAt),
    comment: silence.comment,
    createdBy: silence.createdBy,
    endsAt: at(silence.endsAt),
    matchers: silence.matchers.map(wireMatcher),
    startsAt: at(silence.startsAt),
  };
}

export interface Counts {
  readonly notifications: number;
  readonly notificationsFailed: number;
  readonly requests: number;
  readonly requestsFailed: number;
}

/** The figures of its `/metrics` that tell of its own deliveries, and how many alerts and silences there are. */
export function shownMetrics(counts: Counts, alerts: Readonly<Record<string, number>>, silences: Readonly<Record<string, number>>): string {
  const webhook = (name: string, value: number): readonly string[] => [`# TYPE ${name} counter`, `${name}{integration="webhook"} ${value}`];
  const states = (name: string, values: Readonly<Record<string, number>>): readonly string[] => [
    `# TYPE ${name} gauge`,
    ...Object.entries(values).map(([state, value]) => `${name}{state="${state}"} ${value}`),
  ];
  const lines = [
    ...webhook("alertmanager_notifications_total", counts.notifications),
    ...webhook("alertmanager_notifications_failed_total", counts.notificationsFailed),
    ...webhook("alertmanager_notification_requests_total", counts.requests),
    ...webhook("alertmanager_notification_requests_failed_total", counts.requestsFailed),
    ...states("alertmanager_alerts", alerts),
    ...states("alertmanager_silences", silences),
  ];
  return `${lines.join("\n")}\n`;
}
