/** What becomes of a notification that is not taken. */
import { describe, expect, test } from "vitest";
import type { Contract } from "./alertmanager-bed.ts";

export function alertmanagerRetryContract({ world, am, webhook }: Contract): void {
  describe.concurrent("a notification that is not taken", () => {
    test.each([
      ["503", 503],
      ["500", 500],
      ["a broken connection", "cut"],
    ] as const)("is sent again after %s, the same, until it is, and then no more", async (_name, answer) => {
      const alertname = `Again-${answer}`;
      webhook().answer(alertname, [answer, answer]);
      await am().fire({ labels: { alertname } });
      const told = await webhook().waitFor(alertname, 4);
      expect(told.slice(1, 3).map(({ body }) => body)).toEqual([told[0]?.body, told[0]?.body]);
      const pauses = told.slice(1).map(({ at }, before) => at - (told[before]?.at ?? 0));
      expect(pauses[0]).toBeGreaterThan(200);
      expect(pauses[0]).toBeLessThan(900);
      // The fourth is the repetition, not another try.
      expect(pauses[2]).toBeGreaterThan(world.groupIntervalMs * 1.5);
    });

    test.each([400, 401, 404, 413, 429])("is given up at %i until the group's next turn", async (status) => {
      const alertname = `Final-${status}`;
      webhook().answer(alertname, [status]);
      await am().fire({ labels: { alertname } });
      const [first, next] = await webhook().waitFor(alertname, 2);
      expect((next?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(world.groupIntervalMs * 0.9);
      expect(await am().figure("alertmanager_notifications_failed_total")).toBeGreaterThanOrEqual(1);
    });

    test("and whose alerts end before it is taken is never told: nothing of them arrives", async () => {
      const alertname = "Lost";
      webhook().answer(alertname, [400]);
      await am().fire({ labels: { alertname, instance: "a" } });
      await webhook().waitFor(alertname, 1);
      await am().resolve({ alertname, instance: "a" });
      await am().fire({ labels: { alertname: "LostSentinel" } });
      const [, repeated] = await webhook().waitFor("LostSentinel", 2);
      expect(repeated).toBeDefined();
      expect(webhook().told(alertname)).toHaveLength(1);
    });

    test("the figures tell of tries and of what was given up", async () => {
      const before = await am().figure("alertmanager_notification_requests_failed_total");
      webhook().answer("Counted", [503]);
      await am().fire({ labels: { alertname: "Counted" } });
      await webhook().waitFor("Counted", 2);
      expect(await am().figure("alertmanager_notification_requests_failed_total")).toBeGreaterThan(before);
      expect(await am().figure("alertmanager_notification_requests_total")).toBeGreaterThan(1);
      expect(await am().figure("alertmanager_notifications_total")).toBeGreaterThanOrEqual(1);
    });
  });
}
