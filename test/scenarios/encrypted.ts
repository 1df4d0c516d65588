/** Encrypted rooms, with people whose clients do as Element does. */
import { execFile } from "node:child_process";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { startCuttingProxy } from "../support/cutting-proxy.ts";
import { jsPerson, type JsPerson } from "../support/js-person.ts";
import { answersTo, person, relation, shownText, type RoomEvent } from "../support/person.ts";
import type { Bed } from "./bed.ts";
import { conversationScenarios } from "./conversation.ts";
import { killScenarios } from "./endurance.ts";
import { silenceScenarios } from "./silences.ts";
import { setStage, type Stage, type StageOptions } from "./stage.ts";

/** The same world, whose people make encrypted rooms and read what they can decrypt. */
export function encrypted(bed: Bed): Bed {
  return { ...bed, newPerson: async (localpart) => jsPerson(bed.homeserverUrl, await bed.newAccount(localpart)) };
}

interface EncryptedStage extends Stage {
  readonly operator: JsPerson;
  readonly viewer: JsPerson;
  readonly stranger: JsPerson;
}

async function setEncryptedStage(bed: Bed, options: StageOptions = {}): Promise<EncryptedStage> {
  const people: JsPerson[] = [];
  const newPerson: Bed["newPerson"] = async (localpart) => {
    const made = await jsPerson(bed.homeserverUrl, await bed.newAccount(localpart));
    people.push(made);
    return made;
  };
  const stage = await setStage({ ...bed, newPerson }, options);
  const [operator, viewer, stranger] = people;
  if (operator === undefined || viewer === undefined || stranger === undefined) throw new Error("the stage is not full");
  return { ...stage, operator, viewer, stranger, [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose]() };
}

const answered =
  (question: string, bot: string) =>
  (all: readonly RoomEvent[]): boolean =>
    answersTo(all, question, bot).some((each) => each.type === "m.room.message");

/** What the homeserver has of the room, as it has it. */
async function raw(bed: Bed, stage: Stage): Promise<readonly RoomEvent[]> {
  return person(bed.homeserverUrl, { userId: stage.account.userId, accessToken: await tokenOf(stage) }).history(stage.room);
}

const tokenOf = async ({ configFile }: Stage): Promise<string> => (await readFile(join(dirname(configFile), "token"), "utf8")).trim();

/** Nothing of the bot's stood in the room in clear but reactions, which nobody encrypts. */
async function expectNothingInClear(bed: Bed, stage: Stage): Promise<void> {
  const types = (await raw(bed, stage)).filter((each) => each.sender === stage.account.userId).map((each) => each.type);
  expect(types.filter((type) => !["m.room.encrypted", "m.room.member", "m.reaction"].includes(type))).toEqual([]);
}

async function opsroom(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<{ readonly code: number; readonly out: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ["src/cli.ts", ...args], { env: { ...process.env, ...env } }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out: `${out}${err}` }),
    );
  });
}

/** @param more.kills also those that take minutes */
export function encryptedScenarios(bed: () => Bed, more: { readonly kills: boolean } = { kills: false }): void {
  describe("encrypted:", () => {
    conversationScenarios(() => encrypted(bed()));
    silenceScenarios(() => encrypted(bed()));
    if (more.kills) killScenarios(() => encrypted(bed()));

    test("the bot's device is signed by its account: Element shows no shield, and gives it keys; its identity, recovery and backup are there", async () => {
      await using stage = await setEncryptedStage(bed());
      await stage.start().ready();
      const { operator, room, account, configFile } = stage;

      const asked = await operator.say(room, "!version");
      const events = await operator.waitFor(room, answered(asked, account.userId));

      const [answer] = answersTo(events, asked, account.userId);
      expect(await operator.shield(room, answer?.event_id ?? "")).toBe(0);
      expect(operator.failures(room)).toEqual([]);
      await expectNothingInClear(bed(), stage);
      expect(await readFile(join(dirname(configFile), "recovery-key"), "utf8")).toMatch(/^(\w{4} ){11}\w{4}\n$/u);
      const own = await operator.say(room, "!status opsroom");
      const told = await operator.waitFor(room, answered(own, account.userId));
      const [facts] = answersTo(told, own, account.userId);
      expect(facts === undefined ? "" : shownText(told, facts)).toContain("all signed: all read me and are read");
      const status = await opsroom(["crypto", "status", "--config", configFile]);
      expect(status.out).toContain("Signed by its account");
      expect(status.out).toContain("recovered with the recovery key");
      expect(status.out).toContain("backed up on the homeserver (version");
      expect(status.out).toContain("all signed: all read me and are read");
      expect(status.code).toBe(0);
    });

    test("killed between encrypting and sending, it sends the same event after the restart", async () => {
      await using proxy = await startCuttingProxy(bed().homeserverUrl);
      await using stage = await setEncryptedStage(bed(), { homeserverUrl: proxy.baseUrl });
      const bot = stage.start();
      await bot.ready();
      const { operator, room, account } = stage;
      const first = await operator.say(room, "!version");
      await operator.waitFor(room, answered(first, account.userId));

      proxy.cutEvery(1, /\/send\/m\.room\.encrypted\//u);
      const asked = await operator.say(room, "!version");
      await expect.poll(proxy.cuts, { timeout: 15_000 }).toBeGreaterThan(0);
      await bot.kill();
      proxy.cutEvery(0, /^$/u);
      await stage.start().ready();
      const after = await operator.say(room, "!version");
      const events = await operator.waitFor(room, answered(after, account.userId), 30_000);

      expect(answersTo(events, asked, account.userId)).toHaveLength(1);
      expect(operator.failures(room)).toEqual([]);
    });

    test("a message whose key comes late is answered once, when it does", async () => {
      await using stage = await setEncryptedStage(bed());
      await stage.start().ready();
      const { operator, room, account } = stage;
      await operator.forgetRoomKey(room);

      const release = operator.holdKeys();
      const asked = await operator.say(room, "!version");
      await operator.react(room, asked, "👀");
      const bystander = await stage.viewer.say(room, "!version");
      await stage.viewer.waitFor(room, answered(bystander, account.userId));
      const before = answersTo(await operator.history(room), asked, account.userId);
      await release();
      const events = await operator.waitFor(room, answered(asked, account.userId));

      expect(before).toEqual([]);
      expect(answersTo(events, asked, account.userId).filter((each) => each.type === "m.room.message")).toHaveLength(1);
    });

    test("a device that its owner has not signed is not obeyed, and told why", async () => {
      await using stage = await setEncryptedStage(bed());
      const { operator, account } = stage;
      const careless = await jsPerson(bed().homeserverUrl, await bed().newAccount(`careless-${Date.now()}`), { signed: false });
      const operators = { [operator.userId]: "operator", [careless.userId]: "operator" };
      await stage.writeConfig({ rooms: [{ name: "ops", room: stage.room, operators }] });
      await operator.invite(stage.room, careless.userId);
      await careless.join(stage.room);
      await stage.start().ready();
      await careless.readyFor(account.userId);

      const asked = await careless.say(stage.room, "!status");
      const events = await careless.waitFor(stage.room, answered(asked, account.userId));
      careless.stop();

      const [answer] = answersTo(events, asked, account.userId);
      expect(answer === undefined ? "" : shownText(events, answer)).toContain("has not signed");
      const status = await opsroom(["crypto", "status", "--config", stage.configFile]);
      expect(status.out).toContain(`${careless.userId} ${careless.device}`);
    });

    test("a device of the bot that its account has not signed gets no keys, says so in words, and opsroom crypto init mends it", async () => {
      await using stage = await setEncryptedStage(bed());
      const { operator, room, account, configFile } = stage;
      // Somebody logged in to the bot's account with a client of their own before: the identity is that client's.
      const elsewhere = await jsPerson(bed().homeserverUrl, account);
      elsewhere.stop();
      const login = await fetch(`${bed().homeserverUrl}/_matrix/client/v3/login`, {
        method: "POST",
        body: JSON.stringify({ type: "m.login.password", identifier: { type: "m.id.user", user: account.userId }, password: account.password }),
      });
      const { access_token: token } = Object(await login.json());
      await writeFile(join(dirname(configFile), "token"), String(token));
      const bot = stage.start();
      await bot.ready(30_000, { signed: false });
      await expect.poll(bot.log, { timeout: 20_000 }).toContain("identity that another client made");
      await operator.say(room, "!version");
      await expect.poll(bot.log, { timeout: 20_000 }).toContain("a key is withheld from this device");
      await bot.stop();

      const mended = await opsroom(["crypto", "init", "--config", configFile, "--new-identity"], { OPSROOM_PASSWORD: account.password ?? "" });
      await stage.start().ready();
      const asked = await operator.say(room, "!version");
      await operator.waitFor(room, answered(asked, account.userId));

      expect(mended).toMatchObject({ code: 0 });
      await expectNothingInClear(bed(), stage);
    });

    test("encryption switched on while it runs: what is said after that is encrypted on both sides", async () => {
      await using stage = await setEncryptedStage({ ...bed() }, { room: "clear" });
      const bot = stage.start();
      await bot.ready(30_000, { signed: false });
      const { operator, room, account } = stage;
      const before = await operator.say(room, "!version");
      await operator.waitFor(room, answered(before, account.userId));
      await operator.switchEncryptionOn(room);
      await operator.readyFor(account.userId);

      const asked = await operator.say(room, "!version");
      await operator.waitFor(room, answered(asked, account.userId));

      const said = (await raw(bed(), stage)).filter((each) => each.sender === account.userId && answersTo([each], asked, account.userId).length > 0);
      expect(said.map((each) => each.type)).toEqual(["m.room.encrypted"]);
    });

    test("somebody who has left gets no later keys", async () => {
      await using stage = await setEncryptedStage(bed());
      await stage.start().ready();
      const { operator, stranger, room, account } = stage;
      const before = await operator.say(room, "!version");
      const [shared] = answersTo(await operator.waitFor(room, answered(before, account.userId)), before, account.userId);
      await expect.poll(() => stranger.canRead(room, shared?.event_id ?? ""), { timeout: 10_000 }).toBe(true);

      await operator.kick(room, stranger.userId);
      const asked = await operator.say(room, "!version");
      const [secret] = answersTo(await operator.waitFor(room, answered(asked, account.userId)), asked, account.userId);
      await operator.invite(room, stranger.userId);
      await stranger.join(room);
      const after = await operator.say(room, "!version");
      const [again] = answersTo(await operator.waitFor(room, answered(after, account.userId)), after, account.userId);

      await expect.poll(() => stranger.canRead(room, again?.event_id ?? ""), { timeout: 10_000 }).toBe(true);
      expect(await stranger.canRead(room, secret?.event_id ?? "")).toBe(false);
    });

    test("its folder of keys lost: said in words, nothing in clear, and opsroom crypto reset brings the same identity back", async () => {
      await using stage = await setEncryptedStage(bed());
      const { operator, room, account, configFile } = stage;
      const bot = stage.start();
      await bot.ready();
      const first = await operator.say(room, "!version");
      await operator.waitFor(room, answered(first, account.userId));
      const identity = await operator.identityOf(account.userId);
      await bot.stop();

      await rm(join(dirname(configFile), "crypto"), { recursive: true });
      const lost = stage.start();
      await lost.ready(30_000, { signed: false });
      await operator.say(room, "!version");
      await expect.poll(lost.log, { timeout: 20_000 }).toContain("OPSROOM_CRYPTO_OTHER_DEVICE");
      expect(lost.log()).toContain("opsroom crypto reset");
      await lost.stop();
      const reset = await opsroom(["crypto", "reset", "--config", configFile, "--yes"], { OPSROOM_PASSWORD: account.password ?? "" });
      expect(reset).toMatchObject({ code: 0 });
      await stage.start().ready();
      await expect.poll(async () => (await operator.devicesOf(account.userId)).length, { timeout: 15_000 }).toBe(1);
      const asked = await operator.say(room, "!version");
      const events = await operator.waitFor(room, answered(asked, account.userId));

      const [answer] = answersTo(events, asked, account.userId);
      expect(await operator.shield(room, answer?.event_id ?? "")).toBe(0);
      expect(await operator.identityOf(account.userId)).toBe(identity);
      expect((await readdir(dirname(configFile))).filter((name) => name.startsWith("crypto."))).toHaveLength(1);
      await expectNothingInClear(bed(), stage);
    });

    test("the homeserver's database put back to an earlier time: said in words, nothing in clear, and opsroom crypto reset makes all readable again", async () => {
      await using stage = await setEncryptedStage(bed());
      const { operator, room, account, configFile } = stage;
      const bot = stage.start();
      await bot.ready();
      const first = await operator.say(room, "!version");
      await operator.waitFor(room, answered(first, account.userId));
      const putBack = await bed().homeserver.keep();
      const gone: string[] = [];
      for (const text of ["!version", "!help", "!status"]) {
        const asked = await operator.say(room, text);
        await operator.waitFor(room, answered(asked, account.userId));
        gone.push(asked);
      }

      await putBack();
      await expect.poll(bot.log, { timeout: 60_000 }).toContain("database was put back to an earlier time");
      await operator.waitFor(
        room,
        (all) => all.some((each) => each.sender === account.userId && shownText(all, each).includes("opsroom crypto reset")),
        90_000,
      );
      await bot.stop();
      const reset = await opsroom(["crypto", "reset", "--config", configFile, "--yes"], { OPSROOM_PASSWORD: account.password ?? "" });
      expect(reset).toMatchObject({ code: 0 });
      await stage.start().ready();
      const asked = await operator.say(room, "!version");
      const events = await operator.waitFor(room, answered(asked, account.userId));

      const [answer] = answersTo(events, asked, account.userId);
      expect(await operator.shield(room, answer?.event_id ?? "")).toBe(0);
      const there = new Set((await raw(bed(), stage)).map((each) => each.event_id));
      expect(gone.filter((event) => there.has(event))).toEqual([]);
      await expectNothingInClear(bed(), stage);
    });

    test("an operator verifies the bot by emoji: it shows them, and the operator's word ends it", async () => {
      await using stage = await setEncryptedStage(bed(), { config: { log: { level: "debug" } } });
      const bot = stage.start();
      await bot.ready();
      const { operator, room, account } = stage;

      const outcome = await operator
        .verify(account.userId, async (emojis) => {
          const asks = (all: readonly RoomEvent[]): RoomEvent | undefined =>
            all.find((each) => each.sender === account.userId && relation(each) === undefined && shownText(all, each).includes("verifies me"));
          const events = await operator.waitFor(room, (all) => asks(all) !== undefined);
          const question = asks(events);
          const text = question === undefined ? "" : shownText(events, question);
          const code = /!confirm (\w{4})/u.exec(text)?.[1] ?? "";
          await operator.say(room, `!confirm ${code} same`);
          return emojis.length === 7 && emojis.every((emoji) => text.includes(emoji));
        })
        .catch((error: unknown) => {
          throw new Error(`${String(error)}\n${bot.log()}`);
        });

      expect(outcome).toBe("done");
      await expect.poll(() => operator.isVerified(account.userId), { timeout: 10_000 }).toBe(true);
      await operator.waitFor(room, (all) => all.some((each) => each.sender === account.userId && shownText(all, each).includes("have verified each other")));
    });
  });
}
