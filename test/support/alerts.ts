/** Deliveries and settings for tests: what matters is given, the rest is as usual. */
import { createHash } from "node:crypto";
import type { Alert, Delivery } from "../../src/alerts/delivery.ts";
import type { AlertSettings } from "../../src/alerts/settings.ts";

export type GivenAlert = Partial<Alert> & Pick<Alert, "labels">;

export function alertSettings(given: Partial<AlertSettings> = {}): AlertSettings {
  return {
    sources: [{ name: "prod", alertmanager: undefined, watchdog: undefined }],
    roomLabel: "matrix_room",
    severityLabel: "severity",
    severityWords: {},
    routes: [],
    defaultRoom: "ops",
    pings: [],
    quietHours: undefined,
    message: { instances: 5, moveAfterMs: 12 * 3_600_000, moveAfterMessages: 50, pingAgainAfterMs: 600_000 },
    forgetAfterMs: 5 * 86_400_000,
    template: { title: undefined, line: undefined },
    ...given,
  };
}

export function alertDelivery({ alerts = [], ...given }: Partial<Omit<Delivery, "alerts">> & { readonly alerts?: readonly GivenAlert[] }): Delivery {
  const receivedAt = given.receivedAt ?? 0;
  return {
    source: "prod",
    receiver: "ops",
    groupKey: '{}:{alertname="NodeDown"}',
    groupLabels: { alertname: "NodeDown" },
    commonLabels: { alertname: "NodeDown" },
    commonAnnotations: {},
    routeLabels: {},
    externalUrl: undefined,
    truncated: 0,
    reason: undefined,
    ...given,
    receivedAt,
    alerts: alerts.map((alert) => givenAlert(alert, receivedAt)),
  };
}

function givenAlert(given: GivenAlert, receivedAt: number): Alert {
  const { labels, status = "firing" } = given;
  const fingerprint = createHash("sha256")
    .update(JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))))
    .digest("hex")
    .slice(0, 16);
  return {
    fingerprint,
    status,
    annotations: {},
    startsAt: receivedAt - 60_000,
    endsAt: status === "resolved" ? receivedAt : undefined,
    generatorUrl: undefined,
    ...given,
  };
}
