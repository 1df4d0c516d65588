import { afterAll, beforeAll } from "vitest";
import { objectsContract } from "../contract/cluster-contract-objects.ts";
import { openRealBackupsBed, type RealBackupsBed } from "./backups-real-bed.ts";
import { backupScenarios } from "./backups.ts";

let bed: RealBackupsBed | undefined;
const opened = (): RealBackupsBed => {
  if (bed === undefined) throw new Error("the bed is not open");
  return bed;
};

beforeAll(async () => {
  bed = await openRealBackupsBed();
});
afterAll(async () => {
  await bed?.[Symbol.asyncDispose]();
});

objectsContract("Kubernetes with CloudNativePG", async () => ({ ...opened().objects, close: async () => undefined }));
backupScenarios(opened);
