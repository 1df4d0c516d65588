import { expect, test } from "vitest";
import { judgeReadiness, type Vitals } from "../../../src/observe/health.ts";

const vitals: Vitals = { now: 1_000_000, state: "acting", lastSyncAt: 990_000, store: { ok: true }, outbox: undefined };

test("ready while it acts and syncs", () => {
  expect(judgeReadiness(vitals)).toEqual({ ready: true, state: "acting" });
});

test("not ready when the last good sync is old, and says how old", () => {
  expect(judgeReadiness({ ...vitals, lastSyncAt: 900_000 })).toEqual({ ready: false, reason: "the last good sync is 100 s old" });
});

test("not ready before the first sync, while it starts and while it stops", () => {
  expect(judgeReadiness({ ...vitals, lastSyncAt: undefined }).ready).toBe(false);
  expect(judgeReadiness({ ...vitals, state: "starting" }).ready).toBe(false);
  expect(judgeReadiness({ ...vitals, state: "stopping" }).ready).toBe(false);
});

test("a store that does not answer outweighs everything", () => {
  expect(judgeReadiness({ ...vitals, store: { ok: false, reason: "disk full" } })).toEqual({ ready: false, reason: "store: disk full" });
});

test("a standby is ready: it is there to take over", () => {
  expect(judgeReadiness({ ...vitals, state: "waiting", lastSyncAt: undefined })).toEqual({ ready: true, state: "standby" });
});
