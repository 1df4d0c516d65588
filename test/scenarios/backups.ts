/** Backups: what is said of them, begun and tried; each damage is named, and each drill leaves nothing. */
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { answersTo, relation, shownText, type Person, type RoomEvent } from "../support/person.ts";
import { damageNames } from "../support/backup-damage.ts";
import { expectedVerdicts, troublesOf } from "../support/backup-verdicts.ts";
import { found } from "../support/must.ts";
import { roots } from "./alerts.ts";
import type { BackupsBed } from "./backups-bed.ts";
import { setStage, type Stage } from "./stage.ts";

/** Nothing but what is asked for. */
const quiet = { enabled: false };
const schedules = { "backup-check": quiet, "backup-daily": quiet, "memory-watch": quiet, certificates: quiet };
const minute = 60_000;

export function backupScenarios(bed: () => BackupsBed): void {
  const set = async (): Promise<Stage> => setStage(bed().world, { config: { backups: bed().settings, schedules } });

  describe("backups in the room", () => {
    test("!backup shows every cluster and its state; !backup NAME every check; a name that is none is met with what was meant", async () => {
      await using stage = await set();
      await stage.start().ready();
      const { name, namespace } = bed().database;

      expect(await asked(stage, stage.viewer, "!backup")).toContain(name);
      const detail = await asked(stage, stage.viewer, `!backup ${name}`);
      expect(detail).toContain(`🟢 ok · ${namespace}/${name}`);
      for (const word of ["base backup", "schedule", "WAL", "window", "running", "store"]) expect(detail).toContain(`🟢 ${word}`);
      expect(await asked(stage, stage.viewer, `!backup ${name.slice(0, -1)}`)).toContain(`Did you mean ${name}?`);
      const { trapped } = bed();
      if (trapped === undefined) return;
      expect(await asked(stage, stage.viewer, `!backup ${trapped}`)).toMatch(
        /"0 3 \* \* \*" has five fields.*it runs every hour at minute 3.*Write "0 0 3 \* \* \*"/u,
      );
    });

    test("a viewer may look and not act; a stranger gets a reaction and nothing done", async () => {
      await using stage = await set();
      await stage.start().ready();
      const { name } = bed().database;

      expect(await asked(stage, stage.viewer, `!backup run ${name}`)).toContain("needs the role operator");
      expect(await asked(stage, stage.viewer, `!backup drill ${name}`)).toContain("needs the role operator");
      expect(await asked(stage, stage.viewer, "!schedules run backup-check")).toContain("needs the role operator");
      const refused = await stage.stranger.say(stage.room, "!backup");
      const events = await stage.operator.waitFor(stage.room, (all) => answersTo(all, refused, stage.account.userId).length > 0);
      expect(answersTo(events, refused, stage.account.userId).map((each) => [each.type, relation(each)?.["key"]])).toEqual([["m.reaction", "🚫"]]);
    });

    test("!backup run: one message from begun to completed, another is refused meanwhile, and the history has it", async () => {
      await using stage = await set();
      await stage.start().ready();
      const { name, namespace } = bed().database;

      expect(await asked(stage, stage.operator, `!backup run ${name}`)).toContain("begun");
      expect(await asked(stage, stage.operator, `!backup run ${name}`)).toMatch(/Backup opsroom-\S+ of \S+ is (about to be made|under way) already/u);
      const about = `Base backup of prod ${namespace}/${name}`;
      const events = await stage.operator.waitFor(
        stage.room,
        (all) => named(all, stage, about).some((each) => /^(🟢|🔴)/u.test(shownText(all, each))),
        bed().patience.backup,
      );

      const messages = named(events, stage, about);
      expect(messages).toHaveLength(1);
      expect(shownText(events, found(messages[0]))).toMatch(new RegExp(`^🟢 ${about} completed in \\d+`, "u"));
      expect(await asked(stage, stage.viewer, `!backup history ${name}`)).toMatch(/🟢 completed/u);
      await quietly(stage, name);
    });

    test("a verdict that changes is told once by the schedule, and once when it is ok again; the daily line says how it stands", async () => {
      await using stage = await set();
      await stage.start().ready();
      const { name, namespace } = bed().database;
      const check = async (): Promise<string> => asked(stage, stage.operator, "!schedules run backup-check");
      const lines = async (pattern: RegExp): Promise<readonly string[]> => {
        const events = await stage.operator.history(stage.room);
        return roots(events, stage.account.userId)
          .flatMap((each) => shownText(events, each).split("\n"))
          .filter((line) => line.includes(`${namespace}/${name}`) && pattern.test(line));
      };

      expect(await asked(stage, stage.viewer, "!schedules")).toContain("backup-check");
      expect(await check()).toContain("backup-check: ");
      expect(await lines(/./u)).toEqual([]);
      try {
        await bed().breakSchedule();
        await check();
        await check();
        await expect.poll(async () => lines(/five fields/u), { timeout: 15_000 }).toHaveLength(1);
      } finally {
        await bed().mendSchedule();
      }
      await check();
      await check();
      await expect.poll(async () => lines(/all is well again/u), { timeout: 15_000 }).toHaveLength(1);
      expect(await lines(/five fields/u)).toHaveLength(1);

      await asked(stage, stage.operator, "!schedules run backup-daily");
      const events = await stage.operator.waitFor(stage.room, (all) =>
        roots(all, stage.account.userId).some((each) => /^(🟢|🔴) backups: /u.test(shownText(all, each))),
      );
      const daily = roots(events, stage.account.userId).filter((each) => /^\S+ backups: /u.test(shownText(events, each)));
      expect(daily).toHaveLength(1);
      expect(shownText(events, found(daily[0]))).toMatch(
        bed().trapped === undefined ? /^🟢 backups: 1 cluster ok, oldest base .*, window /u : /^🔴 backups: /u,
      );
    });
  });

  describe("each damage has its verdict, and is ok by itself when it is repaired", () => {
    test(
      "the table",
      async () => {
        await using table = await bed().openTable();
        expect(troublesOf(await table.look(0))).toEqual([]);
        const wrong: string[] = [];
        for (const { name, inflict, repair } of table.damages) {
          const { check, state, reason, asked: more, laterMs = 0 } = expectedVerdicts[name];
          await inflict();
          const verdict = await table.look(laterMs);
          const shown = verdict.checks.find((each) => each.name === check);
          if (shown?.state !== state || !reason.test(shown.reason)) wrong.push(`${name}: ${troublesOf(verdict).join("; ") || "nothing"}`);
          if (more !== undefined && table.lookAndAsk !== undefined) {
            const told = troublesOf(await table.lookAndAsk()).join("; ");
            if (!more.test(told)) wrong.push(`${name}, the store asked: ${told}`);
          }
          await repair();
          await expect
            .poll(async () => troublesOf(await table.look(0)), { timeout: table.turnsOkWithinMs, interval: 1000, message: `${name}, repaired` })
            .toEqual([]);
        }
        expect(wrong).toEqual([]);
        expect(table.damages.map(({ name }) => name)).toEqual(damageNames);
      },
      25 * minute,
    );
  });

  describe("drills", () => {
    test(
      "asked, confirmed, restored, compared, measured, and nothing is left",
      async () => {
        await using stage = await set();
        await stage.start().ready();
        for (const [at, name] of (await bed().restorable()).entries()) {
          const about = await confirmedDrill(stage, name, at + 1);
          const report = await reportOf(stage, about, bed().patience.drill, at + 1);
          expect(report).toMatch(/^🟢 Drill of .*: it can be restored/u);
          expect(report).toMatch(/Restored in \d+/u);
          expect(report.includes("before the drill began")).toBe(bed().tellsWhatWasLost);
          expect(report).toMatch(/🟢 .*databases/u);
          expect(await bed().leftovers()).toEqual([]);
        }
      },
      15 * minute,
    );

    test(
      "killed at random moments: one report each, and nothing is left",
      async () => {
        const { times, withinMs } = bed().kills;
        await using stage = await set();
        let bot = stage.start();
        await bot.ready();
        const { name } = bed().database;
        let killed = 0;
        for (let round = 1; killed < times; round += 1) {
          const about = await confirmedDrill(stage, name, round);
          const isOver = async (): Promise<boolean> => {
            const events = await stage.operator.history(stage.room);
            return named(events, stage, about).filter((each) => isReport(shownText(events, each))).length === round;
          };
          while (killed < times && !(await isOver())) {
            await delay(Math.random() * withinMs);
            await bot.kill();
            killed += 1;
            bot = stage.start();
            await bot.ready(minute);
          }
          const report = await reportOf(stage, about, bed().patience.drill, round);
          expect(report).toMatch(/^🟢 Drill of .*: it can be restored/u);
          expect(await bed().leftovers()).toEqual([]);
        }
        const events = await stage.operator.history(stage.room);
        const shown = events.filter(({ sender }) => sender === stage.account.userId).flatMap((each) => (isReport(shownText(events, each)) ? [each] : []));
        expect(new Set(shown.map((each) => relation(each)?.["event_id"] ?? each.event_id)).size).toBe(
          shown.filter((each) => relation(each) === undefined).length,
        );
      },
      25 * minute,
    );
  });
}

const isReport = (text: string): boolean => /^(🟢|🟡|🔴|⚪) Drill of /u.test(text);

/** What is answered to a command, its thread with it. */
async function asked(stage: Stage, who: Person, command: string): Promise<string> {
  const question = await who.say(stage.room, command);
  const answered = (all: readonly RoomEvent[]): readonly RoomEvent[] =>
    answersTo(all, question, stage.account.userId).filter((each) => each.type === "m.room.message" && !shownText(all, each).includes("working…"));
  const events = await stage.operator.waitFor(stage.room, (all) => answered(all).length > 0, 90_000);
  const [answer] = answered(events);
  const thread = answersTo(events, found(answer).event_id, stage.account.userId);
  return [found(answer), ...thread].map((each) => shownText(events, each)).join("\n");
}

/** Messages of the bot that are about something, whatever they said first. */
function named(events: readonly RoomEvent[], { account }: Stage, about: string): readonly RoomEvent[] {
  return events.filter(
    (event) =>
      event.sender === account.userId &&
      event.type === "m.room.message" &&
      relation(event)?.["rel_type"] !== "m.replace" &&
      shownText(events, event).split("\n")[0]?.includes(about) === true,
  );
}

/** Until no Backup is under way. */
async function quietly(stage: Stage, name: string): Promise<void> {
  await expect.poll(async () => asked(stage, stage.operator, `!backup ${name}`), { timeout: minute, interval: 1000 }).toContain("none is under way");
}

/** Asks for a drill and says yes; answers how its message is known. */
async function confirmedDrill(stage: Stage, name: string, round = 1): Promise<string> {
  const { operator, viewer, room, account } = stage;
  expect(await asked(stage, operator, `!backup drill ${name}`)).toContain("see the question");
  const isQuestion = (all: readonly RoomEvent[]): readonly RoomEvent[] =>
    roots(all, account.userId).filter((each) => String(each.content["body"]).includes("into a throw-away cluster, ask it"));
  const events = await operator.waitFor(room, (all) => isQuestion(all).length === round, 30_000);
  const question = found(isQuestion(events).at(-1));
  await viewer.react(room, question.event_id, "✅");
  await operator.react(room, question.event_id, "✅");
  const about = "Drill of ";
  await operator.waitFor(room, (all) => named(all, stage, about).length >= round, 30_000);
  return about;
}

async function reportOf(stage: Stage, about: string, withinMs: number, round = 1): Promise<string> {
  const reports = (all: readonly RoomEvent[]): readonly string[] =>
    named(all, stage, about)
      .map((each) => shownText(all, each))
      .filter(isReport);
  const events = await stage.operator.waitFor(stage.room, (all) => reports(all).length >= round, withinMs);
  expect(reports(events)).toHaveLength(round);
  return found(reports(events).at(-1));
}
