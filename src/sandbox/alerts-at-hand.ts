/** Alerts that fit the sandbox's clusters, as the rules of a Prometheus there would make them. */
import type { Labels } from "../alerts/delivery.ts";

export interface AlertAtHand {
  readonly name: string;
  /** Without `alertname`. */
  readonly labels: Labels;
  readonly annotations: Labels;
}

const runbook = (name: string): string => `https://runbooks.prometheus-operator.dev/runbooks/${name}`;

export const alertsAtHand: readonly AlertAtHand[] = [
  {
    name: "NodeMemoryAlmostFull",
    labels: { severity: "critical", instance: "uzig", job: "node-exporter" },
    annotations: {
      summary: "Less than 6 % of the node's memory is left",
      description: "uzig uses 94 % of its memory; the kernel will kill the largest process.",
      runbook_url: runbook("node/nodememoryhighutilization"),
    },
  },
  {
    name: "KubePodCrashLooping",
    labels: { severity: "warning", namespace: "matrix-roglog", pod: "mas-matrix-authentication-service-0", container: "mas" },
    annotations: {
      summary: "Pod is crash looping",
      description: "It has restarted 4 times in 10 minutes.",
      runbook_url: runbook("kubernetes/kubepodcrashlooping"),
    },
  },
  {
    name: "SynapseFederationLag",
    labels: { severity: "warning", namespace: "matrix-t0rt1k", instance: "t0rt1k.tech" },
    annotations: { summary: "Events reach other homeservers more than 5 minutes late", dashboard_url: "https://grafana.example/d/synapse" },
  },
  {
    name: "PostgresReplicationLag",
    labels: { severity: "critical", namespace: "matrix-uretra", instance: "chat-postgresql-0" },
    annotations: { summary: "The standby is 300 MB behind" },
  },
  {
    name: "CertificateExpiresSoon",
    labels: { severity: "info", namespace: "matrix-roglog", instance: "roglog.space" },
    annotations: { summary: "The certificate ends in 13 days" },
  },
];
