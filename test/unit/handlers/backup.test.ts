import { expect, test } from "vitest";
import { backup, type BackupLooks } from "../../../src/handlers/backup.ts";
import type { Asker } from "../../../src/chat/command.ts";
import { parseEventId, parseRoomId, parseUserId } from "../../../src/ids.ts";
import { show, type Shown } from "../../support/show.ts";
import { backup as backupObject, database, gather, hour, look, now, well } from "../backups/world.ts";

type Args = Parameters<typeof backup.run>[0];

const viewer: Asker = {
  user: parseUserId("@nadia:example.org"),
  role: "viewer",
  room: parseRoomId("!ops:example.org"),
  event: parseEventId("$one"),
  signal: new AbortController().signal,
  progress: () => {},
};

async function ask(args: Args, looks: Partial<BackupLooks> | undefined = {}, role: Asker["role"] = "viewer"): Promise<Shown> {
  const asker = { ...viewer, role };
  const all: BackupLooks = { look: async () => look(), facts: async () => gather(well), ...looks };
  return show(backup.render(await backup.run(args, { backups: () => all }, asker), { now, timeZone: "Europe/Moscow" }));
}

test("without a configuration it says so", async () => {
  const reply = backup.render(await backup.run({}, { backups: () => undefined }, viewer), { now, timeZone: "UTC" });
  expect(show(reply).room).toContain("No backups are configured");
});

test("all, one by its name, and one by its whole name", async () => {
  expect((await ask({})).first).toBe("🟢 backups: 1 cluster ok, oldest base 6 h, window 30 d");
  const detail = await ask({ what: "shared-pg" });
  expect(detail.first).toBe("🟢 ok · cnpg/shared-pg in prod, backed up by plugin barman-cloud");
  expect(detail.room).toContain("- 🟢 base backup: 6 h old");
  expect(detail.room).toContain("Could be restored from 30 d ago");
  expect((await ask({ what: "status", name: "prod/cnpg/SHARED-PG" })).first).toBe(detail.first);
});

test("a wrong name is answered with the nearest, an ambiguous one with all", async () => {
  expect((await ask({ what: "shared-gp" })).room).toContain("Did you mean shared-pg?");
  const two = { look: async () => look({ clusters: [database(), database({ metadata: { namespace: "other" } })] }) };
  expect((await ask({ what: "shared-pg" }, two)).room).toContain("prod/other/shared-pg and prod/cnpg/shared-pg: say which");
});

test("the history has when, how long, how it ended, how it was made and why not", async () => {
  const { room, thread } = await ask({ what: "history", name: "shared-pg" });
  expect(room).toMatch(/🟢 completed +06:00 +59 s/u);
  expect(thread).toContain("old: failed");
  expect(thread).toContain("exit status 1");
  const stuck = { facts: async () => gather({ ...well, backups: [backupObject("new", hour, { phase: null, startedAt: null, stoppedAt: null })] }) };
  expect((await ask({ what: "history" }, stuck)).room).toContain("⏳ not begun");
  const blind = { facts: async () => gather(well, { backups: "may not list backups (403)" }) };
  expect((await ask({ what: "history" }, blind)).room).toContain("may not list backups (403)");
});

test("only operators begin something, and only where it is possible", async () => {
  const looks = {
    run: async () => ({ kind: "begun", name: "cnpg/shared-pg" }) as const,
    drill: async () => ({ kind: "asked", name: "cnpg/shared-pg" }) as const,
  };
  expect((await ask({ what: "run" }, looks)).room).toContain("needs the role operator");
  expect((await ask({ what: "drill" }, looks)).room).toContain("needs the role operator");
  expect((await ask({ what: "run" }, looks, "operator")).room).toContain("cnpg/shared-pg: begun");
  expect((await ask({ what: "run" }, {}, "operator")).room).toContain("may not begin backups");
  expect((await ask({ what: "drill" }, {}, "admin")).room).toContain("no drill is configured");
});

test("a drill's time must have a zone", async () => {
  const asked: (number | undefined)[] = [];
  const looks: Partial<BackupLooks> = {
    drill: async (_name, at) => {
      asked.push(at);
      return { kind: "asked", name: "cnpg/shared-pg" };
    },
  };
  expect((await ask({ what: "drill", at: "yesterday" }, looks, "operator")).room).toContain("no time with its zone");
  await ask({ what: "drill", at: "2026-11-22T03:00:00+03:00" }, looks, "operator");
  expect(asked).toEqual([Date.parse("2026-11-22T00:00:00Z")]);
  expect((await ask({ what: "status", at: "2026-11-22T03:00:00Z" })).room).toContain("--at belongs to a drill");
  expect((await ask({ what: "shared-pg", name: "other" })).room).toContain("none of status, history, run, drill");
});
