/** Alerts: each group one message that stays true, none lost, none twice. */
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { alertSource, type AlertSource, type SourceOptions } from "../support/alert-source.ts";
import { startPostgres } from "../support/embedded-postgres.ts";
import { startCuttingProxy } from "../support/cutting-proxy.ts";
import { relation, shownText, type RoomEvent } from "../support/person.ts";
import type { Bed } from "./bed.ts";
import { freePort, setStage, type Stage, type StageOptions } from "./stage.ts";

/** Of the webhook; never in a log. */
export const webhookSecret = "canary-of-the-webhook-81f2";

export interface AlertStage extends Stage {
  readonly port: number;
  readonly source: AlertSource;
  readonly another: (options: Partial<SourceOptions>) => AlertSource;
}

/** A stage whose Opsroom takes alerts. */
export async function setAlertStage(bed: Bed, options: StageOptions & { readonly alerts?: Readonly<Record<string, unknown>> } = {}): Promise<AlertStage> {
  const port = await freePort();
  const stage = await setStage(bed, options);
  const file = join(dirname(stage.configFile), "webhook-secret");
  await writeFile(file, webhookSecret, { mode: 0o600 });
  const alerts = {
    listen: { host: "127.0.0.1", port },
    sources: [{ name: "prod", bearer: { file } }],
    defaultRoom: "ops",
    ...options.alerts,
  };
  await stage.writeConfig({ ...options.config, alerts });
  const another = (given: Partial<SourceOptions>): AlertSource => alertSource({ port, secret: webhookSecret, ...given });
  return { ...stage, port, source: another({}), another, [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose]() };
}

/** Messages of the bot that stand in the room by themselves: no edits, nothing in a thread, no reactions. */
export function roots(events: readonly RoomEvent[], bot: string): readonly RoomEvent[] {
  return events.filter((event) => event.sender === bot && event.type === "m.room.message" && relation(event) === undefined && "body" in event.content);
}

/** The root messages whose present text, or whose first, names `name` as a word. */
export function naming(events: readonly RoomEvent[], bot: string, name: string): readonly RoomEvent[] {
  const word = new RegExp(`\\b${name}\\b`, "u");
  return roots(events, bot).filter((event) => word.test(shownText(events, event)) || word.test(String(event.content["body"])));
}

const inThread = (events: readonly RoomEvent[], root: string): readonly RoomEvent[] =>
  events.filter((event) => relation(event)?.["rel_type"] === "m.thread" && relation(event)?.["event_id"] === root);

const mentions = (event: RoomEvent): string => JSON.stringify(event.content["m.mentions"] ?? {});

export function alertScenarios(bed: () => Bed): void {
  describe("alerts", () => {
    test("a group is one message that is edited as it changes, with a log in its thread, and crossed out at its end", async () => {
      await using stage = await setAlertStage(bed(), { alerts: { pings: [{ severities: ["critical"], mention: [] }] } });
      await stage.start().ready();
      const name = "NodeMemoryHigh";
      await stage.source.send({ name, alerts: [{ labels: { instance: "uzig" } }] });
      const first = await stage.operator.waitFor(stage.room, (all) => naming(all, stage.account.userId, name).length > 0);
      await stage.another({ externalUrl: "http://alertmanager-1:9093" }).send({ name, alerts: [{ labels: { instance: "uzig" } }] });
      await stage.source.send({ name, alerts: [{ labels: { instance: "uzig" } }, { labels: { instance: "ofem" } }] });
      const [message] = naming(first, stage.account.userId, name);
      if (message === undefined) throw new Error("no message");
      await stage.operator.waitFor(stage.room, (all) => shownText(all, message).includes("ofem"));
      await stage.source.send({ name, alerts: [{ labels: { instance: "uzig" }, status: "resolved" }, { labels: { instance: "ofem" } }] });
      await stage.source.send({ name, status: "resolved", alerts: [{ labels: { instance: "ofem" } }] });
      const events = await stage.operator.waitFor(stage.room, (all) => shownText(all, message).includes("✅") && inThread(all, message.event_id).length > 0);

      expect(naming(events, stage.account.userId, name)).toHaveLength(1);
      expect(inThread(events, message.event_id).length).toBeLessThanOrEqual(2);
    });

    test("people are mentioned when it begins and when it gets worse, and not by edits in between", async () => {
      const operator = { current: "" };
      await using stage = await setAlertStage(bed());
      operator.current = stage.operator.userId;
      const file = join(dirname(stage.configFile), "webhook-secret");
      await stage.writeConfig({
        alerts: {
          listen: { host: "127.0.0.1", port: stage.port },
          sources: [{ name: "prod", bearer: { file } }],
          defaultRoom: "ops",
          pings: [{ severities: ["critical", "warning"], mention: [operator.current] }],
        },
      });
      await stage.start().ready();
      const name = "SynapseSlow";
      await stage.source.send({ name, severity: "warning" });
      const begun = await stage.operator.waitFor(stage.room, (all) => naming(all, stage.account.userId, name).length > 0);
      const [message] = naming(begun, stage.account.userId, name);
      await stage.source.send({ name, severity: "warning", alerts: [{ labels: { instance: "a" } }, { labels: { instance: "b" } }] });
      await stage.operator.waitFor(stage.room, (all) => message !== undefined && shownText(all, message).includes("2 firing"));
      await stage.source.send({ name, severity: "critical", alerts: [{ labels: { instance: "a" } }, { labels: { instance: "b" } }] });
      const events = await stage.operator.waitFor(stage.room, (all) => message !== undefined && shownText(all, message).includes("CRITICAL"));

      const mentioning = events.filter((event) => event.sender === stage.account.userId && mentions(event).includes(operator.current));
      expect(mentioning).toHaveLength(2);
      expect(mentioning[0]?.content["msgtype"]).toBe("m.text");
    });

    test("300 changes of one group are one message, and its thread stays bounded", async () => {
      await using stage = await setAlertStage(bed());
      await stage.start().ready();
      const name = "Flapping";
      for (let flip = 0; flip < 300; flip += 1) {
        const startsAt = new Date(Date.now() - 1000 + flip).toISOString();
        await stage.source.send({ name, status: flip % 2 === 0 ? "firing" : "resolved", alerts: [{ labels: { instance: "a" }, startsAt }] });
      }
      const events = await stage.operator.waitFor(stage.room, (all) => {
        const [message] = naming(all, stage.account.userId, name);
        return message !== undefined && shownText(all, message).includes("✅");
      });
      const [message] = naming(events, stage.account.userId, name);

      expect(naming(events, stage.account.userId, name).length).toBe(1);
      expect(inThread(events, message?.event_id ?? "").length).toBeLessThanOrEqual(20);
    });

    test("kill -9 at random moments while alerts arrive: each group has exactly one message", async () => {
      const { times, commands: groups } = bed().scale.kills;
      await using stage = await setAlertStage(bed());
      let bot = stage.start();
      await bot.ready();
      let sent = 0;
      const names = Array.from({ length: groups }, (_, at) => `Kill${at}x`);
      const sending = (async () => {
        for (const name of names) {
          await stage.source.send({ name });
          sent += 1;
          await delay((times * 600) / groups);
        }
      })();
      for (let kill = 0; kill < times; kill += 1) {
        // It needs half a second to start: kills fall into that as well as into its work.
        await delay(Math.random() * 1200);
        await bot.kill();
        bot = stage.start();
      }
      await sending;
      await bot.ready(60_000);
      const count = (all: readonly RoomEvent[]): readonly number[] => names.map((name) => naming(all, stage.account.userId, name).length);
      const events = await stage.operator.waitFor(stage.room, (all) => count(all).every((each) => each > 0), 120_000);

      expect(sent).toBe(groups);
      expect({ lost: count(events).filter((each) => each === 0).length, twice: count(events).filter((each) => each > 1).length }).toEqual({
        lost: 0,
        twice: 0,
      });
    });

    test("the same on PostgreSQL, which goes away in between", async () => {
      await using postgres = await startPostgres();
      await using stage = await setAlertStage(bed());
      const folder = dirname(stage.configFile);
      await writeFile(join(folder, "postgres-url"), postgres.url, { mode: 0o600 });
      const alerts = {
        listen: { host: "127.0.0.1", port: stage.port },
        sources: [{ name: "prod", bearer: { file: join(folder, "webhook-secret") } }],
        defaultRoom: "ops",
      };
      await stage.writeConfig({ alerts, store: { postgres: { url: { file: join(folder, "postgres-url") } } } });
      let bot = stage.start();
      await bot.ready();
      const names = Array.from({ length: 20 }, (_, at) => `Pg${at}x`);
      const sending = (async () => {
        for (const name of names) {
          await stage.source.send({ name });
          await delay(300);
        }
      })();
      await delay(1500);
      await bot.kill();
      bot = stage.start();
      await delay(1500);
      await postgres.stop();
      await delay(1500);
      await postgres.start();
      await sending;
      await bot.ready(60_000);
      const count = (all: readonly RoomEvent[]): readonly number[] => names.map((name) => naming(all, stage.account.userId, name).length);
      const events = await stage.operator.waitFor(stage.room, (all) => count(all).every((each) => each > 0), 60_000);

      expect(count(events)).toEqual(names.map(() => 1));
      expect(stage.source.retries()).toBeGreaterThan(0);
    });

    test("replies cut after the homeserver accepted the message: still one message a group", async () => {
      await using proxy = await startCuttingProxy(bed().homeserverUrl);
      await using stage = await setAlertStage(bed(), { homeserverUrl: proxy.baseUrl });
      await stage.start().ready();
      proxy.cutEvery(3, /\/send\/m\.room\.message\//u);
      const names = Array.from({ length: 30 }, (_, at) => `Cut${at}x`);
      await Promise.all(names.map((name) => stage.source.send({ name })));
      const count = (all: readonly RoomEvent[]): readonly number[] => names.map((name) => naming(all, stage.account.userId, name).length);
      const events = await stage.operator.waitFor(stage.room, (all) => count(all).every((each) => each > 0), 120_000);

      expect(proxy.cuts()).toBeGreaterThanOrEqual(10);
      expect(count(events)).toEqual(names.map(() => 1));
    });

    test("while the homeserver is away alerts are accepted; afterwards what still fires is shown, and what ended is one line", async () => {
      await using stage = await setAlertStage(bed());
      const bot = stage.start();
      await bot.ready();
      await stage.source.send({ name: "BeforeOutage" });
      await stage.operator.waitFor(stage.room, (all) => naming(all, stage.account.userId, "BeforeOutage").length > 0);
      await bed().homeserver.down();
      // The first message may be on its way (sealed) when the homeserver is found gone; those behind it wait.
      const answers = [await stage.source.send({ name: "FirstInOutage" })];
      await delay(500);
      for (let at = 0; at < 10; at += 1) answers.push(await stage.source.send({ name: `Still${at}x` }));
      for (let at = 0; at < 5; at += 1) answers.push(await stage.source.send({ name: `Gone${at}x` }));
      await delay(500);
      for (let at = 0; at < 5; at += 1) answers.push(await stage.source.send({ name: `Gone${at}x`, status: "resolved" }));
      await stage.source.send({ name: "BeforeOutage", status: "resolved" });
      await delay(bed().scale.outageMs);
      await bed().homeserver.up();
      const wanted = ["FirstInOutage", ...Array.from({ length: 10 }, (_, at) => `Still${at}x`), ...Array.from({ length: 5 }, (_, at) => `Gone${at}x`)];
      const count = (all: readonly RoomEvent[]): readonly number[] => wanted.map((name) => naming(all, stage.account.userId, name).length);
      const events = await stage.operator.waitFor(
        stage.room,
        (all) => {
          const [before] = naming(all, stage.account.userId, "BeforeOutage");
          return count(all).every((each) => each > 0) && before !== undefined && shownText(all, before).includes("✅");
        },
        90_000,
      );

      expect(count(events)).toEqual(wanted.map(() => 1));
      const summaries = roots(events, stage.account.userId).filter((event) => shownText(events, event).includes("Gone0x"));
      expect(summaries.map((each) => shownText(events, each))).toEqual([expect.stringContaining("Gone4x")]);
      expect(stage.source.retries()).toBe(0);
      expect(Math.max(...answers)).toBeLessThan(2000);
    });

    test("a standby takes alerts into the shared store, and they are shown when it takes over", async () => {
      await using stage = await setAlertStage(bed());
      const first = stage.start();
      await first.ready();
      const adminPort = await freePort();
      const port = await freePort();
      const file = join(dirname(stage.configFile), "webhook-secret");
      const alerts = { listen: { host: "127.0.0.1", port }, sources: [{ name: "prod", bearer: { file } }], defaultRoom: "ops" };
      const configFile = await stage.writeConfig({ admin: { host: "127.0.0.1", port: adminPort }, alerts }, "second.yaml");
      const second = stage.start({ configFile, adminPort });
      await expect.poll(() => second.readiness().catch(() => undefined), { timeout: 15_000 }).toEqual({ ready: true, state: "standby" });
      const standby = alertSource({ port, secret: webhookSecret });
      await standby.send({ name: "TakenByStandby" });
      await stage.operator.waitFor(stage.room, (all) => naming(all, stage.account.userId, "TakenByStandby").length > 0);
      await first.kill();
      await standby.send({ name: "AfterTheKill" });
      const events = await stage.operator.waitFor(stage.room, (all) => naming(all, stage.account.userId, "AfterTheKill").length > 0, 40_000);

      expect(naming(events, stage.account.userId, "TakenByStandby")).toHaveLength(1);
      expect(standby.retries()).toBe(0);
    });

    test("👀 by an operator acknowledges, taken back it does not; a stranger's and a viewer's do nothing", async () => {
      await using stage = await setAlertStage(bed());
      await stage.start().ready();
      const name = "DiskFills";
      await stage.source.send({ name });
      const events = await stage.operator.waitFor(stage.room, (all) => naming(all, stage.account.userId, name).length > 0);
      const [message] = naming(events, stage.account.userId, name);
      if (message === undefined) throw new Error("no message");
      await stage.stranger.react(stage.room, message.event_id, "👀");
      await stage.viewer.react(stage.room, message.event_id, "👀️");
      const reaction = await stage.operator.react(stage.room, message.event_id, "👀");
      const localpart = stage.operator.userId.slice(1).split(":")[0] ?? "";
      const acknowledged = await stage.operator.waitFor(stage.room, (all) => shownText(all, message).includes(localpart));
      expect(shownText(acknowledged, message)).not.toContain("mallory");
      await stage.operator.redact(stage.room, reaction);
      await stage.operator.waitFor(stage.room, (all) => !shownText(all, message).includes(localpart));
    });

    test("a watchdog that is not heard any more is told, with a mention, and put right when it is heard again", async () => {
      await using stage = await setAlertStage(bed());
      const file = join(dirname(stage.configFile), "webhook-secret");
      await stage.writeConfig({
        alerts: {
          listen: { host: "127.0.0.1", port: stage.port },
          sources: [
            { name: "prod", bearer: { file }, watchdog: { match: 'alertname="Watchdog"', after: "3s", room: "ops", mention: [stage.operator.userId] } },
          ],
          defaultRoom: "ops",
        },
      });
      await stage.start().ready();
      await stage.source.send({ name: "Watchdog", severity: "none" });
      const silent = await stage.operator.waitFor(
        stage.room,
        (all) => roots(all, stage.account.userId).some((each) => shownText(all, each).includes("No heartbeat from prod")),
        20_000,
      );
      const message = roots(silent, stage.account.userId).find((each) => shownText(silent, each).includes("No heartbeat from prod"));
      expect(message === undefined ? "" : mentions(message)).toContain(stage.operator.userId);
      await stage.source.send({ name: "Watchdog", severity: "none" });
      const healed = await stage.operator.waitFor(stage.room, (all) => message !== undefined && shownText(all, message).includes("✅"));
      expect(naming(healed, stage.account.userId, "Watchdog")).toHaveLength(0);
    });

    test("what can never be read is refused, kept, and said in the room once; a wrong credential gets nowhere", async () => {
      await using stage = await setAlertStage(bed());
      const bot = stage.start();
      await bot.ready();
      expect((await stage.source.post("{ not json")).status).toBe(400);
      expect((await stage.source.post('{"hello":"there"}')).status).toBe(400);
      expect((await stage.another({ secret: "wrong" }).post("{}")).status).toBe(401);
      const events = await stage.operator.waitFor(
        stage.room,
        (all) => roots(all, stage.account.userId).some((each) => shownText(all, each).includes("cannot read")),
        90_000,
      );
      expect(roots(events, stage.account.userId).filter((each) => shownText(events, each).includes("cannot read"))).toHaveLength(1);
      expect(bot.log()).not.toContain(webhookSecret);
    });
  });
}
