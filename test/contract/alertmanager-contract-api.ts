/** The rest of the API: alerts taken and refused, filters, groups, being ready. */
import { describe, expect, test } from "vitest";
import type { Contract } from "./alertmanager-bed.ts";

export function alertmanagerApiContract({ am }: Contract): void {
  describe.concurrent("the API", () => {
    test.each([
      ["without labels", [{ annotations: {} }], 422],
      ["with no label that has a value", [{ labels: { a: "" } }], 400],
      ["with what is no label's name", [{ labels: { "a b": "x" } }], 400],
      ["that ends before it begins", [{ labels: { a: "x" }, startsAt: "2030-01-01T00:00:00Z", endsAt: "2020-01-01T00:00:00Z" }], 400],
      ["that is no list", {}, 400],
      ["that is no JSON", "x", 400],
    ])("refuses an alert %s", async (_name, body, status) => {
      expect((await am().request("POST", "/api/v2/alerts", body)).status).toBe(status);
    });

    test("takes what is right beside what is refused, and an empty list", async () => {
      expect((await am().request("POST", "/api/v2/alerts", [])).status).toBe(200);
      const mixed = [{ labels: { alertname: "Right" } }, { labels: { alertname: "Wrong", "a b": "x" } }];
      expect((await am().request("POST", "/api/v2/alerts", mixed)).status).toBe(400);
      expect(await am().alerts({ filter: 'alertname="Right"' })).toHaveLength(1);
    });

    test.each([
      ['alertname="Filtered"', ["a", "b"]],
      ["alertname=Filtered", ["a", "b"]],
      ['  alertname = "Filtered" ', ["a", "b"]],
      ['for="filter\\\\x"', ["b"]],
      ['alertname=~"Filter.*"', ["a", "b"]],
      ['alertname=~"Filter"', []],
      ['alertname=~"(?i)filter(ed)+"', ["a", "b"]],
      ['for=""', ["a"]],
      ['for!=""', ["b"]],
      ['for!~"filter.*"', ["a"]],
      ["alertname='Filtered'", []],
    ])("filters by %s", async (filter, wanted) => {
      await am().fire({ labels: { alertname: "Filtered", instance: "a" } }, { labels: { alertname: "Filtered", instance: "b", for: "filter\\x" } });
      const found = (await am().alerts({ filter })).filter((alert) => alert.labels["alertname"] === "Filtered");
      expect(new Set(found.map((alert) => alert.labels["instance"]))).toEqual(new Set(wanted));
    });

    test.each(['{alertname="X"}', 'a="x",b="y"', '"quoted"="x"', "alertname", "=x", 'a b="c"', 'a=~"["', 'a="x', 'ключ="x"', ""])(
      "refuses the filter %j: one matcher a parameter, no braces, no quoted names",
      async (filter) => {
        const query = `?filter=${encodeURIComponent(filter)}`;
        const refused = await am().request("GET", `/api/v2/alerts${query}`);
        expect([refused.status, typeof refused.body]).toEqual([400, "string"]);
        expect((await am().request("GET", `/api/v2/silences${query}`)).status).toBe(400);
      },
    );

    test("takes several filters, all of which must fit, and a receiver", async () => {
      await am().fire({ labels: { alertname: "Several", tier: "front" } }, { labels: { alertname: "Several", tier: "back" } });
      const path = `/api/v2/alerts?${new URLSearchParams([
        ["filter", 'alertname="Several"'],
        ["filter", 'tier!="back"'],
      ]).toString()}`;
      expect((await am().request("GET", path)).body).toMatchObject([{ labels: { tier: "front" }, receivers: [{ name: "front" }] }]);
      expect(await am().alerts({ filter: 'alertname="Several"', receiver: "ops.*" })).toMatchObject([{ labels: { tier: "back" } }]);
    });

    test("shows groups with their receiver", async () => {
      await am().fire({ labels: { alertname: "Grouped", instance: "a" } }, { labels: { alertname: "Grouped", instance: "b" } });
      const { body } = await am().request("GET", `/api/v2/alerts/groups?filter=${encodeURIComponent('alertname="Grouped"')}`);
      expect(body).toMatchObject([
        { labels: { alertname: "Grouped" }, receiver: { name: "ops.matrix/x" }, alerts: [{ labels: { instance: "a" } }, { labels: { instance: "b" } }] },
      ]);
    });

    test("says that it is ready, which version it is, and what it does not know", async () => {
      expect(await am().request("GET", "/-/ready")).toEqual({ status: 200, body: "OK" });
      expect(await am().request("GET", "/api/v2/status")).toMatchObject({ status: 200, body: { versionInfo: { version: "0.25.0" }, cluster: {} } });
      expect((await am().request("GET", "/api/v2/nothing")).status).toBe(404);
      expect((await am().request("PUT", "/api/v2/alerts", [])).status).toBe(405);
    });
  });
}
