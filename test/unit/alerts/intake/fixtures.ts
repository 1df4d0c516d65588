/** Bodies as they are sent: by each Alertmanager whose webhook changed since 0.25, and by Grafana. */

const firing = {
  status: "firing",
  labels: { alertname: "SynapseMemoryHigh", instance: "10.1.0.7:9000", namespace: "matrix-t0rt1k", severity: "critical" },
  annotations: { summary: "Synapse uses 94 % of its memory", runbook_url: "https://runbooks.example.org/synapse-memory" },
  startsAt: "2026-06-12T14:02:11.123456789Z",
  endsAt: "0001-01-01T00:00:00Z",
  generatorURL: "http://prometheus-0:9090/graph?g0.expr=up&g0.tab=1",
  fingerprint: "a1b2c3d4e5f60718",
};

const resolved = {
  ...firing,
  status: "resolved",
  labels: { ...firing.labels, instance: "10.1.0.8:9000" },
  endsAt: "2026-06-12T14:32:11.123Z",
  fingerprint: "18f7e6d5c4b3a291",
};

const common = {
  receiver: "ops\\.matrix",
  status: "firing",
  alerts: [firing, resolved],
  groupLabels: { alertname: "SynapseMemoryHigh" },
  commonLabels: { alertname: "SynapseMemoryHigh", namespace: "matrix-t0rt1k", severity: "critical" },
  commonAnnotations: { summary: "Synapse uses 94 % of its memory" },
  externalURL: "http://alertmanager-0:9093",
  version: "4",
  groupKey: '{}:{alertname="SynapseMemoryHigh"}',
};

export const sentAlerts = { firing, resolved } as const;

export const alertmanager = {
  "0.25": { ...common, truncatedAlerts: 0 },
  // UTF-8 label names.
  "0.27": { ...common, truncatedAlerts: 3, commonLabels: { ...common.commonLabels, "k8s.pod/name": "synapse-0" } },
  // Lists and mappings that Go leaves nil.
  "0.25 with nulls": { ...common, commonAnnotations: null, groupLabels: null, alerts: [{ ...firing, annotations: null }, null], truncatedAlerts: 0 },
  "0.32": { ...common, truncatedAlerts: 0, notification_reason: "first notification" },
  "0.34": { ...common, truncatedAlerts: 0, notification_reason: "new alerts added", routeLabels: { matrix_room: "quiet" } },
} as const;

/** As in Grafana's documentation of its webhook notifier, shortened. */
export const grafana = {
  receiver: "My Super Webhook",
  status: "firing",
  orgId: 1,
  alerts: [
    {
      status: "firing",
      labels: { alertname: "High memory usage", team: "blue", zone: "us-1" },
      annotations: {
        description: "The system has high memory usage",
        runbook_url: "https://myrunbook.com/runbook/1234",
        summary: "This alert was triggered for zone us-1",
      },
      startsAt: "2026-06-12T09:51:03.157076+02:00",
      endsAt: "0001-01-01T00:00:00Z",
      generatorURL: "https://play.grafana.org/alerting/1afz29v7z/edit",
      fingerprint: "c6eadffa33fcdf37",
      silenceURL: "https://play.grafana.org/alerting/silence/new?alertmanager=grafana&matchers=alertname%3DT2%2Cteam%3Dblue%2Czone%3Dus-1",
      dashboardURL: "https://play.grafana.org/d/000000001/dashboard",
      panelURL: "https://play.grafana.org/d/000000001/dashboard?viewPanel=2",
      imageURL: "",
      values: { B: 44.23943737541908, C: 1 },
      valueString: "[ var='B' labels={} value=44.2 ]",
      orgId: 1,
    },
  ],
  groupLabels: {},
  commonLabels: { team: "blue" },
  commonAnnotations: {},
  externalURL: "https://play.grafana.org/",
  version: "1",
  groupKey: "{}:{}",
  truncatedAlerts: 0,
  title: "[FIRING:1] (blue)",
  state: "alerting",
  message: "**Firing**\n\nLabels: ...",
};
