import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import * as z from "zod";
import { checkNames, verdictStates } from "../../../src/backups/verdict.ts";
import { exitCodeOf, runBackupCheck, type BackupCheckOptions } from "../../../src/cli/backup-check.ts";
import { homelabFleet } from "../../../src/sandbox/cluster/homelab.ts";
import { newFleet } from "../../../src/sandbox/cluster/shared-database.ts";
import { clusterBed, type ClusterBed } from "../../support/embedded-cluster.ts";

const hour = 3_600_000;
const limits = { windowMs: 7 * 24 * hour, graceMs: 2 * hour, longestPeriodMs: 8 * 24 * hour };

/** Two PostgreSQL clusters: databases/good-pg is backed up well, cnpg/shared-pg never was. */
async function opened(fleet = newFleet): Promise<ClusterBed> {
  const bed = await clusterBed({ fleet });
  onTestFinished(async () => bed[Symbol.asyncDispose]());
  return bed;
}

async function check({ api }: Pick<ClusterBed, "api">, more: Partial<BackupCheckOptions> = {}) {
  let out = "";
  let err = "";
  const io = { out: (text: string) => (out += text), err: (text: string) => (err += text), env: {} };
  const usual = { kubeconfig: api.kubeconfig, context: undefined, namespace: undefined, json: false, ignored: [], limits, operatorTimeZone: "UTC" };
  const code = await runBackupCheck({ ...usual, ...more }, io, new AbortController().signal);
  return { code, out, err };
}

test("each database has a line for each check, with what to do, the worst first", async () => {
  const { code, out, err } = await check(await opened());
  expect({ code, err }).toEqual({ code: 2, err: "" });
  const [first = "", bad = "", good = ""] = out.split("\n\n");
  expect(first).toMatch(/^🔴 backups: 1 failed, 1 ok: cnpg\/shared-pg, schedule: /u);
  expect(bad).toMatch(/^cnpg\/shared-pg {2}🔴 failed {2}\(nothing\)\n/u);
  expect(bad).toMatch(/^ {2}🔴 never {4}base backup: no backup is configured.* → Give it an ObjectStore .*backups\.ignore/mu);
  expect(bad).toContain("it runs every hour at minute 3 → Give the cluster an ObjectStore");
  expect(good).toMatch(/^databases\/good-pg {2}🟢 ok {2}\(plugin barman-cloud\)\n/u);
  expect(good.trimEnd().split("\n").slice(1)).toHaveLength(checkNames.length);
  for (const line of good.trimEnd().split("\n").slice(1)) expect(line).toMatch(/^ {2}🟢 ok {7}[\w ]+: \S/u);
});

test("--json is one object, with the figures behind the words", async () => {
  const state = z.enum(verdictStates);
  const picture = z.object({
    state,
    at: z.number(),
    gaps: z.array(z.unknown()),
    verdicts: z.array(z.object({ name: z.string(), state, baseAgeMs: z.number().optional(), checks: z.array(z.object({ name: z.enum(checkNames), state })) })),
  });
  const { code, out, err } = await check(await opened(), { json: true });
  const { verdicts, ...rest } = picture.parse(JSON.parse(out));
  expect({ code, err, ...rest }).toMatchObject({ code: 2, err: "", state: "failed", gaps: [] });
  expect(verdicts.map(({ name, state: of }) => [name, of])).toEqual([
    ["shared-pg", "failed"],
    ["good-pg", "ok"],
  ]);
  expect(verdicts[1]?.baseAgeMs).toBeGreaterThan(0);
});

test("it ends with the worst verdict; what is wrong speaks louder than what could not be looked at", async () => {
  const bed = await opened();
  expect(await check(bed, { namespace: "databases" })).toMatchObject({ code: 0, out: expect.stringMatching(/^🟢 backups: 1 cluster ok/u) });
  expect(await check(bed, { ignored: ["cnpg/shared-pg"] })).toMatchObject({ code: 0, out: expect.stringContaining("1 switched off") });
  expect(await check(bed, { ignored: ["shared-pg"], limits: { ...limits, windowMs: 90 * 24 * hour } })).toMatchObject({
    code: 1,
    out: expect.stringMatching(/^ {2}🟡 late +store: its retention deletes after 14 d; one wants to go back 90 d → /mu),
  });
  bed.api.faults.forbid("list", "barmancloud.cnpg.io", "objectstores");
  expect((await check(bed)).code).toBe(2);
  expect((["ok", "disabled", "late", "never", "failed", "unknown"] as const).map((state) => exitCodeOf({ state }))).toEqual([0, 0, 1, 2, 2, 3]);
});

test.each([
  ["postgresql.cnpg.io", "clusters"],
  ["postgresql.cnpg.io", "backups"],
  ["postgresql.cnpg.io", "scheduledbackups"],
  ["barmancloud.cnpg.io", "objectstores"],
  ["", "pods"],
  ["", "services"],
])("without the right to list %s %s nothing is called ok, and the right is named", async (group, resource) => {
  const bed = await opened();
  bed.api.faults.forbid("list", group, resource);
  const { code, out } = await check(bed, { namespace: "databases" });
  expect(code).toBe(3);
  expect(out).toMatch(/^⚪ /u);
  expect(out).toContain(`list ${resource}`);
});

test("an API server that does not accept the token is unknown", async () => {
  const bed = await opened();
  bed.api.changeToken("another");
  expect(await check(bed)).toMatchObject({ code: 3, out: expect.stringMatching(/^⚪ backups: nothing could be looked at: .*401/u) });
});

test("where there is no CloudNativePG, nothing is ok", async () => {
  expect(await check(await opened(homelabFleet))).toMatchObject({ code: 3, out: expect.stringContaining("⚪ backups: no PostgreSQL cluster was found") });
});

test.each([
  ["is not there", undefined, undefined, /ENOENT/u],
  ["is none", "hunter2: [", undefined, /it is no kubeconfig/u],
  ["lacks the context", "as it is", "yc-prod", /it has no context yc-prod/u],
  ["names no cluster", "{}", undefined, /its context names no cluster/u],
])("a kubeconfig that %s: which file, what is wrong, what to do; unknown, and no secret is told", async (_, text, context, why) => {
  const bed = await opened();
  const kubeconfig = text === "as it is" ? bed.api.kubeconfig : join(bed.folder, "kubeconfig");
  if (text !== undefined && text !== "as it is") await writeFile(kubeconfig, text);
  const { code, out, err } = await check(bed, { kubeconfig, context });
  expect({ code, out }).toEqual({ code: 3, out: "" });
  expect(err).toMatch(why);
  expect(err).toContain(`OPSROOM_SECRET_UNREADABLE: --kubeconfig ${kubeconfig}: `);
  expect(err).toContain("\nSee that the files are there, whole, and readable for Opsroom.\n");
  expect(err).not.toContain("hunter2");
});

test("as it is typed: flags are read, the object is all that is printed, and the process ends with the verdict's code", async () => {
  const { api } = await opened();
  const typed = async (...flags: readonly string[]) =>
    new Promise<{ readonly code: unknown; readonly out: string }>((resolve) => {
      const command = ["--disable-warning=DEP0060", "src/cli.ts", "backup", "check", "--kubeconfig", api.kubeconfig, ...flags];
      execFile(process.execPath, command, { timeout: 25_000 }, (error, out) => resolve({ code: error === null ? 0 : error.code, out }));
    });
  const [bad, ignored] = await Promise.all([typed("--json"), typed("--context", api.name, "--ignore", "cnpg/shared-pg", "--window", "10d")]);
  expect(bad.code).toBe(2);
  expect(JSON.parse(bad.out)).toMatchObject({ state: "failed" });
  expect(ignored).toMatchObject({ code: 0, out: expect.stringMatching(/^🟢 backups: 1 cluster ok/u) });
});
