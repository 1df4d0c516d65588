import { expect, test } from "vitest";
import { appLabel, appOf, shortNodeNames } from "../../../src/status/app-names.ts";
import { versionIn, versionOfImage } from "../../../src/status/image-version.ts";

test.each([
  ["matrixdotorg/synapse:v1.150.0", "1.150.0"],
  ["oci.element.io/synapse:v1.157.2-ess.1@sha256:0123", "1.157.2"],
  ["localhost:5000/synapse", undefined],
  ["synapse:latest", undefined],
  ["synapse@sha256:0123", undefined],
  ["synapse:1.160.0rc1", "1.160.0rc1"],
])("the version of %s is %s", (image, version) => {
  expect(versionOfImage(image)).toBe(version);
});

test("a version as Synapse tells it", () => {
  expect(versionIn("1.150.0 (b=develop,d1a2b3c,dirty)")).toBe("1.150.0");
  expect(versionIn("?")).toBeUndefined();
});

test("programs are called by their names, and monitoring is known as such", () => {
  const named = (name: string) => appOf(appLabel({ name: "x", labels: { "app.kubernetes.io/name": name }, owner: undefined }));
  expect(named("victoria-metrics-single")).toEqual({ name: "VictoriaMetrics", monitoring: true });
  expect(named("prometheus-node-exporter")).toEqual({ name: "Node exporter", monitoring: true });
  expect(named("grafana")).toEqual({ name: "Grafana", monitoring: true });
  expect(named("gitea")).toEqual({ name: "gitea", monitoring: false });
  expect(appLabel({ name: "x-1", labels: {}, owner: "StatefulSet/gitea" })).toBe("gitea");
  expect(appLabel({ name: "x-1", labels: {}, owner: undefined })).toBe("x-1");
});

test("a cloud's long node names are shown by the part that people say, if it tells them apart", () => {
  expect([...shortNodeNames(["cl1a2b3c4d5e6f7g8h9i-uzig", "cl1a2b3c4d5e6f7g8h9i-ofem", "oracle"]).values()]).toEqual(["uzig", "ofem", "oracle"]);
  expect([...shortNodeNames(["a-very-long-pool-name-node", "another-long-pool-node"]).values()]).toEqual([
    "a-very-long-pool-name-node",
    "another-long-pool-node",
  ]);
  expect([...shortNodeNames(["gke-cluster-default-pool-0001"]).values()]).toEqual(["gke-cluster-default-pool-0001"]);
});
