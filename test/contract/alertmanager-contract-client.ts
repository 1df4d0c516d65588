/** The API through Opsroom's own client. */
import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { openAlertmanager, type Alertmanager } from "../../src/alerts/alertmanager/client.ts";
import type { Matcher } from "../../src/alerts/matcher.ts";
import { systemClock } from "../../src/clock.ts";
import type { Contract } from "./alertmanager-bed.ts";

const never = new AbortController().signal;
const hourMs = 3_600_000;

export function alertmanagerClientContract({ am, baseUrl, webhook }: Contract): void {
  const client = (): Alertmanager =>
    openAlertmanager({ source: "prod", url: baseUrl(), authorization: async () => undefined, ca: async () => undefined, clock: systemClock });
  const silence = (matchers: readonly Matcher[], comment = "looked at"): Promise<string> =>
    client().createSilence({ matchers, startsAt: Date.now(), endsAt: Date.now() + hourMs, createdBy: "@nadia:example.org", comment }, never);

  describe.concurrent("Opsroom's client", () => {
    const awkward = 'C:\\new "x", {y}\n=~ ю';

    test.each([
      [{ name: "text", op: "=", value: awkward }, ["a"]],
      [{ name: "text", op: "!=", value: awkward }, ["b", "c"]],
      [{ name: "text", op: "=~", value: "plain|.*\\n=~ ю" }, ["a", "b"]],
      [{ name: "text", op: "!~", value: "C:\\\\.*\\n.*" }, ["b", "c"]],
      // A point is any sign but the end of a line.
      [{ name: "text", op: "!~", value: "C:\\\\.*" }, ["a", "b", "c"]],
      [{ name: "text", op: "=", value: "" }, ["c"]],
    ] as const)("finds alerts by a label with quotes, backslashes and line ends: %j", async (matcher, wanted) => {
      const labels = (instance: string): Readonly<Record<string, string>> => ({ alertname: "Awkward", instance });
      await am().fire({ labels: { ...labels("a"), text: awkward } }, { labels: { ...labels("b"), text: "plain" } }, { labels: labels("c") });
      const matchers: readonly Matcher[] = [{ name: "alertname", op: "=", value: "Awkward" }, matcher];
      const found = await client().alerts({ matchers }, never);
      expect(new Set(found.map((alert) => alert.labels["instance"]))).toEqual(new Set(wanted));
      const groups = await client().groups({ matchers }, never);
      expect(groups).toMatchObject([{ labels: { alertname: "Awkward" }, receiver: "ops.matrix/x" }]);
    });

    test("makes a silence of every kind of matcher, finds it by its comment, sees what it mutes, and ends it twice", async () => {
      await am().fire({ labels: { alertname: "ByClient", ns: "matrix-a" } });
      const matchers: readonly Matcher[] = [
        { name: "alertname", op: "=", value: "ByClient" },
        { name: "ns", op: "=~", value: "matrix-.*" },
        { name: "ns", op: "!~", value: "matrix-b|c" },
        { name: "tier", op: "!=", value: "front" },
      ];
      const marker = `[opsroom ${randomUUID()}]`;
      const id = await silence(matchers, `too loud ${marker}`);
      const found = (await client().silences(never)).filter((each) => each.comment.includes(marker));
      expect(found).toMatchObject([{ id, state: "active", createdBy: "@nadia:example.org", matchers }]);
      const [alert] = await client().alerts({ matchers: matchers.slice(0, 1) }, never);
      expect(alert).toMatchObject({ state: "suppressed", silencedBy: [id] });
      expect(await client().alerts({ matchers: matchers.slice(0, 1), silenced: false }, never)).toEqual([]);
      await client().expireSilence(id, never);
      await client().expireSilence(id, never);
      expect((await client().silence(id, never))?.state).toBe("expired");
    });

    test("has nothing to show of a silence that nobody knows, and ends it without complaint", async () => {
      expect(await client().silence(randomUUID(), never)).toBeUndefined();
      await expect(client().expireSilence(randomUUID(), never)).resolves.toBeUndefined();
    });

    test("is refused with what Alertmanager says", async () => {
      const refused = silence([{ name: "a", op: "=~", value: ".*" }]);
      await expect(refused).rejects.toMatchObject({ failure: "refused", message: expect.stringContaining("must not match the empty string") as unknown });
    });

    test("reads the version and how many notifications were sent and failed", async () => {
      expect(await client().status(never)).toMatchObject({ version: "0.25.0" });
      webhook().answer("Failing", [400]);
      await am().fire({ labels: { alertname: "Failing" } });
      await webhook().waitFor("Failing", 2);
      const { sent = 0, failed = 0 } = await client().notificationFailures(never);
      expect(failed).toBeGreaterThanOrEqual(1);
      expect(sent).toBeGreaterThan(failed);
    });
  });
}
