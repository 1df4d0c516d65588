import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import * as z from "zod";
import { markOf } from "../../../src/backups/render/marks.ts";
import { checkText } from "../../../src/backups/render/words.ts";
import { checkNames, verdictStates, type BackupVerdict } from "../../../src/backups/verdict.ts";
import { found } from "../../support/must.ts";
import { database, day, object, said, schedule, store, time, verdict, type Json } from "../backups/world.ts";

const page = await readFile("docs/backups.md", "utf8");
const blocks = [...page.matchAll(/^```yaml\n(?<yaml>[^]*?)^```$/gmu)].map((match) => match.groups?.["yaml"] ?? "");
const json: z.ZodType<Json> = z.lazy(() => z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(json), z.record(z.string(), json)]));
const documents = blocks.flatMap((block) => parseAllDocuments(block).map((document): Json => json.parse(document.toJS())));
const ofKind = (kind: string): Json =>
  found(
    documents.find((each) => object(each)["kind"] === kind),
    kind,
  );
/** The part of a Cluster's spec that is to be added. */
const addition = found(
  documents.find((each) => object(each)["plugins"] !== undefined),
  "plugins",
);

/** As it stands in the cluster: what is pasted, and what the API server and the operators add to it. */
const standing = (pasted: Json, like: Json): Json => ({
  ...object(pasted),
  metadata: { ...object(object(pasted)["metadata"]), creationTimestamp: time(59 * day) },
  status: object(like)["status"],
});

async function judged(pasted: Json): Promise<BackupVerdict> {
  const changed = database({ spec: addition });
  return verdict({ clusters: [changed], objectstores: [standing(ofKind("ObjectStore"), store())], scheduledbackups: [standing(pasted, schedule())] });
}

const without = (pasted: Json, ...keys: readonly string[]): Json => ({
  ...object(pasted),
  spec: Object.fromEntries(Object.entries(object(object(pasted)["spec"])).filter(([key]) => !keys.includes(key))),
});
const withSchedule = (text: string): Json => ({
  ...object(ofKind("ScheduledBackup")),
  spec: { ...object(object(ofKind("ScheduledBackup"))["spec"]), schedule: text },
});

test("every block of YAML on the page is whole", () => {
  expect(blocks.length).toBeGreaterThanOrEqual(3);
  for (const block of blocks) for (const document of parseAllDocuments(block)) expect([...document.errors, ...document.warnings]).toEqual([]);
});

test("what is there to paste fits together, and is ok in every check", async () => {
  const names = documents.map((each) => [object(each)["kind"], object(object(each)["metadata"])["namespace"]]).filter(([kind]) => kind !== undefined);
  expect(names).toEqual([
    ["ObjectStore", "cnpg"],
    ["ScheduledBackup", "cnpg"],
  ]);
  const { checks, method } = await judged(ofKind("ScheduledBackup"));
  expect(method).toBe("plugin barman-cloud");
  expect(checks.map(({ name, state }) => `${name} ${state}`)).toEqual(checkNames.map((name) => `${name} ok`));
});

test("the trap of five fields is one, and means what the page says", async () => {
  const { trap = "", meaning = "" } = /"(?<trap>[^"]+)" would be (?<meaning>[^.]+)\./u.exec(page)?.groups ?? {};
  expect(trap.split(" ")).toHaveLength(5);
  expect(said(await judged(withSchedule(trap)), "schedule")).toContain(
    `late: "${trap}" has five fields, of which CloudNativePG takes the first for seconds: it runs ${meaning} → `,
  );
});

test("without the two lines of the method it asks for the in-tree one, which fails", async () => {
  expect(page).toContain("# Without these two it asks for the in-tree method, and each backup fails.\n  method:");
  expect(said(await judged(without(ofKind("ScheduledBackup"), "method", "pluginConfiguration")), "schedule")).toMatch(
    /^failed: .* asks for the wrong method: barmanObjectStore/u,
  );
});

test("an owner that takes the Backups along, and a store that is not there, are told", async () => {
  const owned = { ...object(ofKind("ScheduledBackup")), spec: { ...object(object(ofKind("ScheduledBackup"))["spec"]), backupOwnerReference: "self" } };
  expect(said(await judged(owned), "history")).toMatch(/^late/u);
  const other = await verdict({
    clusters: [database({ spec: addition })],
    objectstores: [],
    scheduledbackups: [standing(ofKind("ScheduledBackup"), schedule())],
  });
  expect(said(other, "store")).toMatch(/^failed: the ObjectStore cnpg\/shared-pg-store does not exist/u);
});

/** First cells of the table below a heading cell. */
const rows = (heading: string): readonly string[] => {
  const [, table = ""] = new RegExp(`^\\| ${heading} [^\\n]*\\n\\|[- |]+\\n(?<rows>(?:\\|[^\\n]*\\n)+)`, "mu").exec(page) ?? [];
  return table.split("\n").flatMap((line) => /^\| (?<cell>[^|]*?) +\|/u.exec(line)?.groups?.["cell"] ?? []);
};
/** As it is shown, and the name that programs know it by where that is another. */
const called = (shown: string, name: string): string => (shown.endsWith(name) ? shown : `${shown} (\`${name}\`)`);

test("the page explains every state, as it is shown and as programs know it", () => {
  expect(rows("state").toSorted()).toEqual(verdictStates.map((state) => called(markOf(state), state)).toSorted());
});

test("the page explains every check, and no other", () => {
  const shown = checkNames.map((name) => {
    const [word = ""] = checkText({ name, state: "ok", reason: "", remedy: undefined, ageMs: undefined }).split(":");
    return called(word, name);
  });
  expect(rows("check")).toEqual(shown);
});

test("the page names the order in which one state is worse than another", () => {
  const worstFirst = verdictStates.toReversed().map((state) => markOf(state).split(" ")[1]);
  expect(page).toContain(`in that order: ${worstFirst.join(", ")}.`);
});
