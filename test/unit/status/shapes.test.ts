import { expect, test } from "vitest";
import { partTests } from "../../../src/status/cluster-view.ts";
import type { HomeserverSpec } from "../../../src/status/homeserver-spec.ts";
import { specs } from "../../support/plan-fleet.ts";

const partOf = (spec: HomeserverSpec, name: string, component?: string) =>
  partTests(spec).find((each) =>
    each.fits({ "app.kubernetes.io/name": name, ...(component === undefined ? {} : { "app.kubernetes.io/component": component }) }),
  )?.part;

test("ESS: the main process, workers and databases are told apart; hook jobs are none of them", () => {
  expect(partOf(specs.mrt0rtikize, "synapse-main", "matrix-server")).toBe("synapse");
  expect(partOf(specs.mrt0rtikize, "synapse-event-persister", "matrix-server")).toBe("workers");
  expect(partOf(specs.mrt0rtikize, "synapse-check-config", "matrix-server")).toBeUndefined();
  expect(partOf(specs.mrt0rtikize, "syn2mas", "matrix-authentication")).toBeUndefined();
  expect(partOf(specs.mrt0rtikize, "matrix-rtc-sfu", "matrix-rtc-voip-server")).toBe("rtc");
});

test("the old chart: MAS and its PostgreSQL, RTC and its Redis are told apart", () => {
  expect(partOf(specs.t0rt1k, "matrix")).toBe("synapse");
  expect(partOf(specs.t0rt1k, "mas")).toBe("mas");
  expect(partOf(specs.t0rt1k, "mas", "postgresql")).toBe("masPostgres");
  expect(partOf(specs.t0rt1k, "postgresql", "primary")).toBe("postgres");
  expect(partOf(specs.t0rt1k, "rtc", "redis")).toBe("redis");
  expect(partOf(specs.t0rt1k, "rtc", "lk-jwt-service")).toBe("rtc");
  expect(partOf(specs.t0rt1k, "livekit-server")).toBe("rtc");
});

test("a homeserver's own selector replaces its shape's", () => {
  expect(partOf({ ...specs.t0rt1k, selectors: { synapse: { labels: "app.kubernetes.io/name=homeserver" } } }, "homeserver")).toBe("synapse");
  expect(partOf({ ...specs.t0rt1k, selectors: { synapse: { labels: "app.kubernetes.io/name=homeserver" } } }, "matrix")).toBeUndefined();
});
