/**
 * The webhook's body as Alertmanager (0.25 and later) and Grafana's own alerting send it. Read leniently: what is not as expected is absent.
 * https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 * https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
 */
import * as z from "zod";

const text = z.string().min(1).optional().catch(undefined);
const anything = z.unknown().optional();

export const payloadShape = z.object({
  version: z.coerce.string().optional().catch(undefined),
  receiver: text,
  status: text,
  /** Each is looked at by itself: one that cannot be read spoils none of the others. Go writes an empty list as null. */
  alerts: z.array(anything).nullable(),
  groupKey: text,
  groupLabels: anything,
  commonLabels: anything,
  commonAnnotations: anything,
  routeLabels: anything,
  externalURL: text,
  truncatedAlerts: z.coerce.number().int().min(0).max(1_000_000_000).catch(0),
  notification_reason: text,
});

export type Payload = z.output<typeof payloadShape>;

export const alertShape = z.object({
  status: text,
  labels: anything,
  annotations: anything,
  startsAt: text,
  endsAt: text,
  generatorURL: text,
  fingerprint: text,
  /** Grafana's. */
  silenceURL: text,
  dashboardURL: text,
  panelURL: text,
});

export type GivenAlert = z.output<typeof alertShape>;
