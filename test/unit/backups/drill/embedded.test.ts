import { expect, test } from "vitest";
import { prepareBackupActing } from "../../../../src/backups/acting/prepare.ts";
import { runIdOf } from "../../../../src/backups/acting/labels.ts";
import { drillResults } from "../../../../src/backups/drill/result.ts";
import type { BackupSettings } from "../../../../src/backups/settings.ts";
import { systemClock } from "../../../../src/clock.ts";
import { parseEventId, parseUserId } from "../../../../src/ids.ts";
import { openCluster } from "../../../../src/kubernetes/open.ts";
import { createPrompts } from "../../../../src/prompts/service.ts";
import { drillNamespace, newFleet } from "../../../../src/sandbox/cluster/shared-database.ts";
import { asker } from "../../../support/asker.ts";
import { settings as usual } from "../../../support/backup-acting.ts";
import { clusterBed } from "../../../support/embedded-cluster.ts";
import { opsRoom } from "../../../support/events.ts";
import { manualClock } from "../../../support/manual-clock.ts";
import { tempStore } from "../../../support/temp-store.ts";

const never = new AbortController().signal;
const settings: BackupSettings = {
  ...usual,
  drill: { namespace: drillNamespace, deadlineMs: 3_600_000, memory: "512Mi", cpu: "500m", storageClass: undefined, queries: [] },
};

/** Over the network, with the embedded operator at work: as much of the way as there is without a real one. */
async function setUp() {
  const clock = manualClock();
  const bed = await clusterBed({ fleet: newFleet, clock });
  bed.api.world.onExec(async ({ input }) => {
    const value = input.includes("datallowconn") ? ["postgres"] : input.includes("pg_table_size") ? { bytes: 1024, tables: [], events: null } : {};
    return { exitCode: 0, output: `${JSON.stringify(value)}\n-- end of the answer --\n`, errors: "" };
  });
  const needs = { clock: systemClock, random: () => 0, metrics: { apiFailure: () => undefined } };
  const access = await openCluster({ name: "new", access: { kind: "kubeconfig", file: bed.api.kubeconfig, context: undefined } }, needs);
  const store = await tempStore(clock);
  const view = () => ({ now: clock.now(), timeZone: "UTC" });
  const wakes = { wakeSender: () => undefined, wakeTimers: () => undefined };
  const prompts = createPrompts({ store, account: parseUserId("@opsroom:a"), view, random: () => 0.5, roleOf: () => "operator", ...wakes });
  const acting = prepareBackupActing({ store, clusters: () => new Map([["new", access]]), settings: () => settings, view, prompts, ...wakes });
  const settle = async (): Promise<void> => {
    for (let rounds = 0; rounds < 300; rounds += 1) {
      const [due] = await store.read.dueTimers(clock.now(), 1);
      const next = await store.read.nextTimerAt();
      if (due !== undefined) await acting.handlers[due.kind]?.(due, never);
      else if (next === undefined) return;
      else await clock.advance(Math.max(1, next - clock.now()));
    }
  };
  return {
    bed,
    store,
    acting,
    settle,
    said: async (key: string) => String((await store.read.outboxMessage(key))?.content["body"]),
    [Symbol.asyncDispose]: async () => (access[Symbol.dispose](), bed[Symbol.asyncDispose]()),
  };
}

test("a drill of the well-kept cluster goes well in the embedded cluster, and leaves nothing in its namespace", async () => {
  await using here = await setUp();
  await expect(here.acting.drillUnasked("a", "good-pg", opsRoom, never)).resolves.toMatchObject({ kind: "begun" });
  await here.settle();
  expect(await here.said(`backup/${runIdOf("a")}`)).toContain("it can be restored");
  expect(await drillResults(here.store.read)).toMatchObject([{ verdict: "ok", name: "good-pg" }]);
  const { world } = here.bed.api;
  for (const [group, resource] of [
    ["postgresql.cnpg.io", "clusters"],
    ["barmancloud.cnpg.io", "objectstores"],
    ["", "secrets"],
    ["", "persistentvolumeclaims"],
    ["", "pods"],
  ] as const) {
    const list = world.list(group, "v1", resource);
    expect(typeof list === "string" ? list : list.entries.filter(({ namespace }) => namespace === drillNamespace)).toEqual([]);
  }
});

test("a base backup of it completes; the trap that the plan has set is refused in words", async () => {
  await using here = await setUp();
  const event = parseEventId("$run");
  await expect(here.acting.run("good-pg", asker({ event }))).resolves.toMatchObject({ kind: "begun" });
  await here.settle();
  expect(await here.said(`backup/${runIdOf(event)}`)).toContain("🟢");
  await expect(here.acting.run("shared-pg", asker({ event: parseEventId("$other") }))).resolves.toMatchObject({ kind: "refused" });
  await expect(here.acting.drill("shared-pg", undefined, asker({ event: parseEventId("$drill") }))).resolves.toMatchObject({ kind: "refused" });
});
