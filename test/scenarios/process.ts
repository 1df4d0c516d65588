/** What happens around the bot: its configuration, its token, its room. */
import { execFile } from "node:child_process";
import { describe, expect, test } from "vitest";
import Database from "better-sqlite3";
import { answersTo, shownText, type RoomEvent } from "../support/person.ts";
import type { Bed } from "./bed.ts";
import { setStage, type Stage } from "./stage.ts";

const botSays = (events: readonly RoomEvent[], stage: Stage, text: string): boolean =>
  events.some((event) => event.sender === stage.account.userId && event.type === "m.room.message" && shownText(events, event).includes(text));

export function processScenarios(bed: () => Bed): void {
  describe("the process and its room", () => {
    test("SIGHUP: a good configuration counts at once; a bad one is said in the room and the old stays in force", async () => {
      await using stage = await setStage(bed());
      const bot = stage.start();
      await bot.ready();
      const operators = { [stage.operator.userId]: "operator", [stage.stranger.userId]: "viewer" };

      await stage.writeConfig({ rooms: [{ name: "ops", room: stage.room, operators }] });
      bot.hangUp();
      await expect.poll(() => bot.log(), { timeout: 10_000 }).toContain("the configuration was read again");
      const allowed = await stage.stranger.say(stage.room, "!version");
      await stage.operator.waitFor(stage.room, (all) => answersTo(all, allowed, stage.account.userId).some((each) => each.type === "m.room.message"));

      await stage.writeConfig({ rooms: [{ name: "ops", room: stage.room, operatrs: {} }] });
      bot.hangUp();
      await stage.operator.waitFor(stage.room, (all) => botSays(all, stage, "the old one stays in force") && botSays(all, stage, "Did you mean operators?"));
      const still = await stage.stranger.say(stage.room, "!version");
      await stage.operator.waitFor(stage.room, (all) => answersTo(all, still, stage.account.userId).some((each) => each.type === "m.room.message"));
    });

    test("a revoked token ends the process, loudly, with the code that says that a person is needed", async () => {
      await using stage = await setStage(bed());
      const bot = stage.start();
      await bot.ready();

      await fetch(`${bed().homeserverUrl}/_matrix/client/v3/logout`, {
        method: "POST",
        headers: { authorization: `Bearer ${stage.account.accessToken}` },
        body: "{}",
      });

      expect(await bot.ended).toBe(3);
      expect(bot.log()).toContain("OPSROOM_MATRIX_UNAUTHORISED");
      expect(bot.log()).not.toContain(stage.account.accessToken);
    });

    test("kicked from its room it says so in the log; invited again it comes back and answers", async () => {
      await using stage = await setStage(bed());
      const bot = stage.start();
      await bot.ready();

      await stage.operator.kick(stage.room, stage.account.userId);
      await expect.poll(() => bot.log(), { timeout: 15_000 }).toContain('"kind":"lost"');
      await stage.operator.invite(stage.room, stage.account.userId);
      await expect.poll(() => bot.log(), { timeout: 30_000 }).toContain('"kind":"back"');
      const asked = await stage.operator.say(stage.room, "!version");
      await stage.operator.waitFor(stage.room, (all) => answersTo(all, asked, stage.account.userId).length > 0);
    });

    test("an upgraded room is followed, and commands are answered in the new one", async () => {
      await using stage = await setStage(bed());
      const bot = stage.start();
      await bot.ready();

      const upgraded = await stage.operator.call("POST", `/_matrix/client/v3/rooms/${encodeURIComponent(stage.room)}/upgrade`, { new_version: "12" });
      const successor = String(upgraded["replacement_room"]);
      await stage.operator.invite(successor, stage.account.userId);
      await expect.poll(() => bot.log(), { timeout: 30_000 }).toContain('"kind":"followed"');
      const asked = await stage.operator.say(successor, "!version");
      await stage.operator.waitFor(successor, (all) => answersTo(all, asked, stage.account.userId).length > 0);
    });

    test("opsroom audit verify finds a changed row", async () => {
      await using stage = await setStage(bed());
      const bot = stage.start();
      await bot.ready();
      const asked = await stage.operator.say(stage.room, "!version");
      await stage.operator.waitFor(stage.room, (all) => answersTo(all, asked, stage.account.userId).length > 0);
      await bot.stop();
      expect(await verify(stage.configFile)).toMatchObject({ code: 0 });

      const database = new Database(stage.configFile.replace("opsroom.yaml", "opsroom.db"));
      for (const trigger of database.prepare("select name from sqlite_master where type = 'trigger'").pluck().all())
        database.exec(`drop trigger "${String(trigger)}"`);
      database.exec("update audit set actor = '@somebody:else.example'");
      database.close();

      const verdict = await verify(stage.configFile);
      expect(verdict.code).toBe(1);
      expect(verdict.error).toContain("OPSROOM_AUDIT_BROKEN");
    });
  });
}

async function verify(configFile: string): Promise<{ readonly code: number; readonly error: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ["src/cli.ts", "audit", "verify", "--config", configFile], (error, _out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), error: err }),
    );
  });
}
