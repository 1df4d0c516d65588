import { expect, test } from "vitest";
import { defaultMatchers } from "../../../../src/alerts/actions/default-matchers.ts";
import { showMatchers } from "../../../../src/alerts/matcher.ts";
import { alertDelivery } from "../../../support/alerts.ts";

const matchersOf = (labels: readonly Readonly<Record<string, string>>[], groupLabels: Readonly<Record<string, string>> = {}): string => {
  const { alerts } = alertDelivery({ alerts: labels.map((each) => ({ labels: each })) });
  return showMatchers(defaultMatchers({ groupLabels, alerts: Object.fromEntries(alerts.map((alert) => [alert.fingerprint, alert])) }, "severity"));
};

const crashing = {
  alertname: "PodCrashLooping",
  severity: "warning",
  namespace: "matrix",
  pod: "synapse-0",
  container: "synapse",
  instance: "10.42.0.7:8080",
  job: "kube-state-metrics",
};

test("a crash-looping pod: the trouble of its namespace, not that one pod and its address", () => {
  expect(matchersOf([crashing], { alertname: "PodCrashLooping" })).toBe(
    '{alertname="PodCrashLooping", namespace="matrix", job="kube-state-metrics", severity="warning"}',
  );
});

test("a machine's alert is about that machine", () => {
  expect(matchersOf([{ alertname: "NodeDown", severity: "critical", instance: "uzig:9100", job: "node" }], { alertname: "NodeDown" })).toBe(
    '{alertname="NodeDown", job="node", severity="critical", instance="uzig:9100"}',
  );
});

test("what differs between the alerts is left out", () => {
  expect(matchersOf([crashing, { ...crashing, namespace: "monitoring", pod: "x" }])).toBe(
    '{alertname="PodCrashLooping", job="kube-state-metrics", severity="warning"}',
  );
});

test("a label that the group is made by counts, also a pod's; where it is made by all labels, the pod's does not", () => {
  expect(matchersOf([crashing], { alertname: "PodCrashLooping", pod: "synapse-0" })).toContain('pod="synapse-0"');
  expect(matchersOf([crashing], crashing)).not.toContain("pod=");
});

test("alerts with nothing in common have none", () => {
  expect(matchersOf([{ a: "1" }, { b: "2" }])).toBe("{}");
});
