import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "../../../src/config/load.ts";
import { ConfigMistakes, type Mistake } from "../../../src/config/mistake.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { minimal } from "./example.ts";

/** What a start would say of the file; none when it starts. */
async function mistakes(text: string): Promise<readonly Mistake[]> {
  const file = join(tempFolder(), "opsroom.yaml");
  await writeFile(file, text);
  try {
    await loadConfig(file);
    return [];
  } catch (error) {
    if (error instanceof ConfigMistakes) return error.mistakes;
    throw error;
  }
}

const withCron = (cron: string, more: Readonly<Record<string, unknown>> = {}): string => minimal({ schedules: { "backup-daily": { cron } }, ...more });

test.each(["0 9 * * *", "*/15 * * * *", "30 0 9 * * MON-FRI", "0 0 L * *", "0 8 * * 1#1"])("%s is a time", async (cron) => {
  expect(await mistakes(withCron(cron))).toEqual([]);
});

test.each([
  ["0 25 * * *", /25/u],
  ["61 * * * *", /61/u],
  ["0 9 32 * *", /32/u],
  ["0 9 * * FUN", /FUN/u],
  ["0 9 13 * 5", /names days of the month and days of the week: name one of them/u],
])("%s is found before the start, with its line, what is wrong and an example", async (cron, why) => {
  const text = withCron("0 9 * * *").replace('"schedules"', '\n"schedules"').replace('"cron"', '\n"cron"').replace("0 9 * * *", cron);
  expect(await mistakes(text)).toEqual([
    {
      path: "schedules.backup-daily.cron",
      line: 3,
      found: JSON.stringify(cron),
      allowed: expect.stringMatching(new RegExp(`^a cron expression such as 0 9 \\* \\* \\*; this one: .*${why.source}`, "u")),
    },
  ]);
});

test("every wrong one is named, not only the first", async () => {
  const found = await mistakes(minimal({ schedules: { "backup-daily": { cron: "0 25 * * *" }, certificates: { cron: "99 * * * *", enabled: false } } }));
  expect(found.map(({ path }) => path)).toEqual(["schedules.backup-daily.cron", "schedules.certificates.cron"]);
});

test("who has no cluster has nothing to look at by the clock: nothing reads the expressions", async () => {
  expect(await mistakes(withCron("0 25 * * *", { clusters: [] }))).toEqual([]);
});
