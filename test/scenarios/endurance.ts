/** What must not be lost or answered twice, whatever is killed, cut or away. */
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { startPostgres } from "../support/embedded-postgres.ts";
import { startCuttingProxy } from "../support/cutting-proxy.ts";
import { answersTo, shownText, type RoomEvent } from "../support/person.ts";
import type { Bed } from "./bed.ts";
import { freePort, setStage } from "./stage.ts";

/** How often each question was answered, in the order of the questions. */
const counts = (events: readonly RoomEvent[], asked: readonly string[], bot: string): readonly number[] =>
  asked.map((question) => answersTo(events, question, bot).length);

export function enduranceScenarios(bed: () => Bed): void {
  describe("endurance", () => {
    test("commands among thousands of messages, typed while the bot was down, are each answered once", async () => {
      const { messages, commands } = bed().scale.backlog;
      await using stage = await setStage(bed());
      const first = stage.start();
      await first.ready();
      await first.stop();

      const asked: string[] = [];
      for (let n = 0; n < messages; n += 1) {
        const said = await stage.operator.say(stage.room, n % Math.floor(messages / commands) === 0 ? "!version" : `talk ${n}`);
        if (n % Math.floor(messages / commands) === 0) asked.push(said);
      }
      await stage.start().ready(60_000);
      const events = await stage.operator.waitFor(stage.room, (all) => counts(all, asked, stage.account.userId).every((each) => each > 0), 120_000);

      expect(asked.length).toBeGreaterThanOrEqual(commands);
      expect(counts(events, asked, stage.account.userId)).toEqual(asked.map(() => 1));
    });

    test("what is older than the configured age is not run, and is answered once", async () => {
      await using stage = await setStage(bed());
      const first = stage.start();
      await first.ready();
      await first.stop();
      const asked = await stage.operator.say(stage.room, "!version");
      await delay(1500);

      const configFile = await stage.writeConfig(
        {
          matrix: {
            homeserver: bed().homeserverUrl,
            accessToken: { file: stage.configFile.replace("opsroom.yaml", "token") },
            rateLimit: "none",
            maxCommandAge: "1s",
          },
        },
        "impatient.yaml",
      );
      await stage.start({ configFile }).ready();
      const events = await stage.operator.waitFor(stage.room, (all) => answersTo(all, asked, stage.account.userId).length > 0);

      const [answer] = answersTo(events, asked, stage.account.userId);
      expect(answer === undefined ? "" : shownText(events, answer)).toContain("I was away");
    });

    test("commands typed before the bot's first start are not replayed", async () => {
      await using stage = await setStage(bed());
      const before = await stage.operator.say(stage.room, "!version");
      await stage.start().ready();
      const after = await stage.operator.say(stage.room, "!version");

      const events = await stage.operator.waitFor(stage.room, (all) => answersTo(all, after, stage.account.userId).length > 0);
      expect(counts(events, [before, after], stage.account.userId)).toEqual([0, 1]);
    });

    test("two instances on one store answer once, and the second takes over when the first is killed", async () => {
      await using stage = await setStage(bed());
      const first = stage.start();
      await first.ready();
      const adminPort = await freePort();
      const configFile = await stage.writeConfig({ admin: { host: "127.0.0.1", port: adminPort } }, "second.yaml");
      const second = stage.start({ configFile, adminPort });
      const asked = [await stage.operator.say(stage.room, "!version")];
      await stage.operator.waitFor(stage.room, (all) => counts(all, asked, stage.account.userId).every((each) => each > 0));

      await first.kill();
      const killedAt = performance.now();
      asked.push(await stage.operator.say(stage.room, "!version"));
      await second.ready(30_000);
      const tookOverMs = performance.now() - killedAt;
      const events = await stage.operator.waitFor(stage.room, (all) => counts(all, asked, stage.account.userId).every((each) => each > 0), 30_000);

      expect(tookOverMs).toBeLessThan(30_000);
      expect(counts(events, asked, stage.account.userId)).toEqual([1, 1]);
    });

    test("two instances on PostgreSQL, which is away at the start and goes away in between", async () => {
      await using postgres = await startPostgres();
      await using stage = await setStage(bed());
      const urlFile = join(dirname(stage.configFile), "postgres-url");
      await writeFile(urlFile, postgres.url, { mode: 0o600 });
      const store = { postgres: { url: { file: urlFile } } };
      await postgres.stop();
      const first = stage.start({ configFile: await stage.writeConfig({ store }, "first.yaml") });
      await expect.poll(() => first.readiness().catch(() => undefined), { timeout: 15_000 }).toMatchObject({ ready: false });
      await postgres.start();
      await first.ready();
      const adminPort = await freePort();
      const second = stage.start({ configFile: await stage.writeConfig({ store, admin: { host: "127.0.0.1", port: adminPort } }, "second.yaml"), adminPort });
      await expect.poll(() => second.readiness().catch(() => undefined), { timeout: 15_000 }).toEqual({ ready: true, state: "standby" });
      const asked = [await stage.operator.say(stage.room, "!version")];
      await stage.operator.waitFor(stage.room, (all) => counts(all, asked, stage.account.userId).every((each) => each > 0));

      await postgres.stop();
      asked.push(await stage.operator.say(stage.room, "!version"));
      await delay(1500);
      await postgres.start();
      await stage.operator.waitFor(stage.room, (all) => counts(all, asked, stage.account.userId).every((each) => each > 0), 40_000);
      await first.kill();
      asked.push(await stage.operator.say(stage.room, "!version"));
      const events = await stage.operator
        .waitFor(stage.room, (all) => counts(all, asked, stage.account.userId).every((each) => each > 0), 40_000)
        .catch((error: unknown) => {
          throw new Error(`${String(error)}\n${second.log()}`);
        });

      expect(counts(events, asked, stage.account.userId)).toEqual([1, 1, 1]);
      expect(second.log()).not.toContain(postgres.url);
    });

    test("SIGTERM ends it within 20 s with exit code 0, also while it long-polls", async () => {
      await using stage = await setStage(bed());
      const bot = stage.start();
      await bot.ready();

      const { ms, code } = await bot.stop();

      expect(code).toBe(0);
      expect(ms).toBeLessThan(20_000);
    });
  });
}

/** What is killed or cut off, and must not be noticed but by the time it takes. */
export function killScenarios(bed: () => Bed): void {
  describe("whatever is killed", () => {
    test("the homeserver is away for a while: the bot is not ready, comes back by itself, and answers what was typed after", async () => {
      await using stage = await setStage(bed());
      const bot = stage.start();
      await bot.ready();

      await bed().homeserver.down();
      await delay(bed().scale.outageMs);
      await bed().homeserver.up();
      const asked = await stage.operator.say(stage.room, "!version");
      const events = await stage.operator
        .waitFor(stage.room, (all) => answersTo(all, asked, stage.account.userId).length > 0, 45_000)
        .catch((error: unknown) => {
          throw new Error(`${String(error)}\n${bot.log()}`);
        });

      expect(counts(events, [asked], stage.account.userId)).toEqual([1]);
      expect(bot.log()).not.toContain("unhandled");
    });

    test("replies cut after the homeserver accepted the answer: still one answer each", async () => {
      await using proxy = await startCuttingProxy(bed().homeserverUrl);
      await using stage = await setStage(bed(), { homeserverUrl: proxy.baseUrl });
      await stage.start().ready();
      proxy.cutEvery(2, /\/send\/m\.room\.(message|encrypted)\//u);

      const asked: string[] = [];
      for (let n = 0; n < 10; n += 1) asked.push(await stage.operator.say(stage.room, "!version"));
      const events = await stage.operator.waitFor(stage.room, (all) => counts(all, asked, stage.account.userId).every((each) => each > 0), 60_000);

      expect(proxy.cuts()).toBeGreaterThanOrEqual(5);
      expect(counts(events, asked, stage.account.userId)).toEqual(asked.map(() => 1));
    });

    test("kill -9 at random moments while commands arrive: each is answered exactly once", async () => {
      const { times, commands } = bed().scale.kills;
      await using stage = await setStage(bed());
      let bot = stage.start();
      await bot.ready();
      const asked: string[] = [];
      let typing = true;
      const typist = (async () => {
        for (let n = 0; n < commands; n += 1) {
          asked.push(await stage.operator.say(stage.room, n % 3 === 0 ? "!status" : "!version"));
          if (typing) await delay((times * 1200) / commands);
        }
      })();
      for (let n = 0; n < times; n += 1) {
        await delay(Math.random() * 1600);
        await bot.kill();
        bot = stage.start();
      }
      typing = false;
      await typist;
      await bot.ready(60_000);
      const events = await stage.operator.waitFor(stage.room, (all) => counts(all, asked, stage.account.userId).every((each) => each > 0), 120_000);

      const answered = counts(events, asked, stage.account.userId);
      expect(asked).toHaveLength(commands);
      expect({ lost: answered.filter((each) => each === 0).length, twice: answered.filter((each) => each > 1).length }).toEqual({ lost: 0, twice: 0 });
    });
  });
}
