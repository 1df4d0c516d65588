import { expect, test } from "vitest";
import { changeLines } from "../../../src/backups/render/changes.ts";
import { dailyLine } from "../../../src/backups/render/daily.ts";
import { renderOverview } from "../../../src/backups/render/overview.ts";
import { show } from "../../support/show.ts";
import { backup, database, hour, instance, look, pluginPod, schedule, store, time } from "./world.ts";

const texts = (lines: ReturnType<typeof changeLines>): readonly string[] =>
  lines.map((line) => ("text" in line && typeof line.text === "string" ? line.text : ""));

test("each morning one line says how it stands", async () => {
  expect(dailyLine(await look())).toBe("🟢 backups: 1 cluster ok, oldest base 6 h, window 30 d");
  expect(dailyLine(await look({}, {}, {}, { ignored: ["shared-pg"] }))).toBe("⚫ backups: 0 clusters ok, 1 switched off");
  expect(dailyLine(await look({ scheduledbackups: [] }))).toMatch(/^🔴 backups: 1 failed: cnpg\/shared-pg, schedule: no ScheduledBackup names it/u);
  expect(dailyLine(await look({}, { clusters: "connection refused" }))).toBe(
    "⚪ backups: nothing could be looked at: prod: PostgreSQL clusters: connection refused",
  );
  expect(dailyLine(await look({ clusters: [] }))).toBe("⚪ backups: no PostgreSQL cluster was found");
});

test("what is wrong comes first with what to do, then a row for each", async () => {
  const { room, first } = show(
    renderOverview(await look({ scheduledbackups: [schedule({ schedule: "0 3 * * *" }, { lastCheckTime: time(0), nextScheduleTime: null })] }), false),
  );
  expect(first).toBe("🟡 Backups: 1 late");
  expect(room).toContain('- 🟡 cnpg/shared-pg, schedule: "0 3 * * *" has five fields');
  expect(room).toContain('→ Write "0 0 3 * * *"');
  expect(room).toMatch(/🟡 late cnpg\/shared-pg 6 h \? 30 d/u);
});

test("two hundred clusters in all states fit in twelve lines and a message", async () => {
  const clusters = Array.from({ length: 200 }, (_, at) => database({ metadata: { name: `a-database-with-a-long-name-${at}` } }));
  const { room, thread } = show(renderOverview(await look({ clusters }), true));
  expect(room.split("\n").length).toBeLessThanOrEqual(12);
  expect(thread).toContain("… ");
});

test("a name that would hide something is shown for what it is", async () => {
  const { room } = show(renderOverview(await look({ clusters: [database({ metadata: { name: "pg\u202e<b>" } })] }), true));
  expect(room).not.toContain("\u202e");
});

test("nothing is said when only ages moved", async () => {
  const before = await look({ backups: [backup("daily-20261123030000", 3 * hour, { phase: "failed", error: "exit status 1" })] });
  const after = await look({ backups: [backup("daily-20261123040000", 2 * hour, { phase: "failed", error: "exit status 1" })] });
  expect(before.state).toBe("failed");
  expect(changeLines(before, after)).toEqual([]);
  expect(changeLines(await look(), await look())).toEqual([]);
});

test("what breaks is told with its remedy, what heals is told too", async () => {
  const well = await look();
  const broken = await look({ objectstores: [] });
  expect(texts(changeLines(well, broken))).toEqual([
    expect.stringMatching(/^🔴 cnpg\/shared-pg, store: the ObjectStore cnpg\/s3 does not exist → Create it again/u),
  ]);
  expect(texts(changeLines(broken, well)).at(0)).toMatch(/^🟢 cnpg\/shared-pg, store: .*\(was failed\)$/u);
  expect(texts(changeLines(broken, well)).at(-1)).toBe("🟢 cnpg/shared-pg: all is well again");
});

test("another reason for the same state is a change", async () => {
  const stopped = await look({ pods: [instance("shared-pg-1"), instance("shared-pg-2"), pluginPod(false)] });
  const gone = await look({ services: [] });
  expect(texts(changeLines(stopped, gone)).join()).toContain("it has no Service");
});

test("what cannot be seen just now is not gone", async () => {
  const blind = await look({}, { clusters: "connection refused" });
  expect(texts(changeLines(await look(), blind))).toEqual(["⚪ prod: PostgreSQL clusters cannot be read: connection refused"]);
  expect(texts(changeLines(blind, await look()))).toEqual(["🟢 prod: PostgreSQL clusters can be read again"]);
  expect(texts(changeLines(await look(), await look({ clusters: [] })))).toEqual([expect.stringContaining("no longer there")]);
});

test("at the first look all that is not well is told, and what is well is not", async () => {
  expect(changeLines(undefined, await look())).toEqual([]);
  expect(texts(changeLines(undefined, await look({ objectstores: [store({}, { retentionPolicy: "3d" })] })))).toHaveLength(1);
  expect(texts(changeLines(await look({ clusters: [] }), await look({ clusters: [database()] })))).toEqual(["🟢 cnpg/shared-pg is backed up"]);
});
