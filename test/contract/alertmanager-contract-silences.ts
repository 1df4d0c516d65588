/** Silences: made, found, changed, ended, refused; what they mute. */
import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { WireSilence } from "../support/alertmanager-client.ts";
import type { Contract } from "./alertmanager-bed.ts";

const only = (name: string, value: string): WireSilence["matchers"] => [{ name, value, isRegex: false, isEqual: true }];
const hourMs = 3_600_000;
const inHours = (hours: number): string => new Date(Date.now() + hours * hourMs).toISOString();

export function alertmanagerSilenceContract({ am, webhook }: Contract): void {
  describe.concurrent("a silence", () => {
    test("keeps who made it, why, until when and what it mutes", async () => {
      const matchers = [
        { name: "kept", value: "a.b", isRegex: false, isEqual: true },
        { name: "ns", value: "matrix-.*|x", isRegex: true, isEqual: false },
      ];
      const endsAt = inHours(2);
      const id = await am().silence({ matchers, endsAt, createdBy: "@надя:example.org", comment: "two\nlines <b> [opsroom 1]" });
      const shown = await am().request("GET", `/api/v2/silence/${id}`);
      const silence = { id, status: { state: "active" }, createdBy: "@надя:example.org", comment: "two\nlines <b> [opsroom 1]", endsAt, matchers };
      expect(shown).toMatchObject({ status: 200, body: silence });
      const { body } = await am().request("GET", `/api/v2/silences?filter=${encodeURIComponent('kept="a.b"')}`);
      expect(body).toMatchObject([silence]);
    });

    test("is ended, once or twice, and is still known then", async () => {
      const id = await am().silence({ matchers: only("ended", "x") });
      expect((await am().request("DELETE", `/api/v2/silence/${id}`)).status).toBe(200);
      expect((await am().request("DELETE", `/api/v2/silence/${id}`)).status).toBe(200);
      expect((await am().request("GET", `/api/v2/silence/${id}`)).body).toMatchObject({ status: { state: "expired" } });
    });

    test("keeps its id when it is made longer, and gets another with other matchers, which ends the old", async () => {
      const id = await am().silence({ matchers: only("longer", "x") });
      const { body } = await am().request("GET", `/api/v2/silence/${id}`);
      const startsAt = typeof body === "object" && body !== null && "startsAt" in body ? String(body.startsAt) : "";
      expect(await am().silence({ id, startsAt, matchers: only("longer", "x"), endsAt: inHours(5) })).toBe(id);
      const other = await am().silence({ id, startsAt, matchers: only("longer", "y") });
      expect(other).not.toBe(id);
      expect((await am().request("GET", `/api/v2/silence/${id}`)).body).toMatchObject({ status: { state: "expired" } });
    });

    test("in the future is pending", async () => {
      const id = await am().silence({ matchers: only("later", "x"), startsAt: inHours(1), endsAt: inHours(2) });
      expect((await am().request("GET", `/api/v2/silence/${id}`)).body).toMatchObject({ status: { state: "pending" } });
    });

    const good = { matchers: only("a", "b"), startsAt: inHours(0), endsAt: inHours(1), createdBy: "x", comment: "y" };
    test.each([
      ["without a comment", { ...good, comment: undefined }, 422],
      ["without who made it", { ...good, createdBy: undefined }, 422],
      ["without an end", { ...good, endsAt: undefined }, 422],
      ["without matchers", { ...good, matchers: [] }, 422],
      ["of everything, by nothing", { ...good, matchers: only("a", "") }, 400],
      ["of everything, by a pattern", { ...good, matchers: [{ name: "a", value: ".*", isRegex: true }] }, 400],
      ["by what is no pattern", { ...good, matchers: [{ name: "a", value: "[", isRegex: true }] }, 400],
      ["by what is no label's name", { ...good, matchers: only("a b", "x") }, 400],
      ["that has ended", { ...good, startsAt: inHours(-2), endsAt: inHours(-1) }, 400],
      ["that ends before it begins", { ...good, startsAt: inHours(2) }, 400],
      ["from no time", { ...good, startsAt: "soon" }, 400],
      ["with an id that is not known", { ...good, id: randomUUID() }, 404],
      ["that is a list", [], 400],
      ["that is no JSON", "{", 400],
    ])("%s is refused", async (_name, body, status) => {
      expect((await am().request("POST", "/api/v2/silences", body)).status).toBe(status);
    });

    test.each([
      ["by what is not equal", [{ name: "a", value: "x", isRegex: false, isEqual: false }]],
      ["without isEqual", [{ name: "a", value: "x", isRegex: false }]],
    ])("%s is taken, however much it mutes", async (_name, matchers) => {
      const id = await am().silence({ matchers, startsAt: inHours(1), endsAt: inHours(2) });
      expect((await am().request("DELETE", `/api/v2/silence/${id}`)).status).toBe(200);
    });

    test("that nobody knows cannot be shown or ended", async () => {
      expect((await am().request("GET", `/api/v2/silence/${randomUUID()}`)).status).toBe(404);
      expect(await am().request("DELETE", `/api/v2/silence/${randomUUID()}`)).toMatchObject({ status: 500, body: "silence not found" });
      expect((await am().request("GET", "/api/v2/silence/nonsense")).status).toBe(422);
    });

    test("takes an alert out of what is told, and marks it in the list", async () => {
      const labels = (instance: string): Readonly<Record<string, string>> => ({ alertname: "HalfMuted", instance });
      await am().fire({ labels: labels("loud") }, { labels: labels("muted") });
      await webhook().waitFor("HalfMuted", 1);
      const id = await am().silence({ matchers: [...only("alertname", "HalfMuted"), ...only("instance", "muted")] });
      const [, repeated] = await webhook().waitFor("HalfMuted", 2);
      expect(repeated?.body.alerts.map((alert) => alert.labels["instance"])).toEqual(["loud"]);
      const filter = 'alertname="HalfMuted"';
      const states = (await am().alerts({ filter })).map(({ labels: { instance }, status }) => [instance, status.state, status.silencedBy]);
      expect(new Set(states)).toEqual(
        new Set([
          ["loud", "active", []],
          ["muted", "suppressed", [id]],
        ]),
      );
      const shown = async (query: Readonly<Record<string, string>>): Promise<unknown> =>
        (await am().alerts({ filter, ...query })).map((alert) => alert.labels["instance"]);
      expect(await shown({ silenced: "false" })).toEqual(["loud"]);
      expect(await shown({ active: "false" })).toEqual(["muted"]);
    });

    test("of a whole group keeps it from being told, and its end lets it be told", async () => {
      const id = await am().silence({ matchers: only("alertname", "AllMuted") });
      await am().fire({ labels: { alertname: "AllMuted" } }, { labels: { alertname: "NotMuted" } });
      await webhook().waitFor("NotMuted", 2);
      expect(webhook().told("AllMuted")).toEqual([]);
      await am().request("DELETE", `/api/v2/silence/${id}`);
      await webhook().waitFor("AllMuted", 1);
    });
  });
}
