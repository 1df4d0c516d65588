import { afterAll, beforeAll } from "vitest";
import { openEmbeddedBackupsBed } from "./backups-embedded-bed.ts";
import { backupScenarios } from "./backups.ts";
import type { BackupsBed } from "./backups-bed.ts";

let bed: (BackupsBed & AsyncDisposable) | undefined;

beforeAll(async () => {
  bed = await openEmbeddedBackupsBed();
});
afterAll(async () => {
  await bed?.[Symbol.asyncDispose]();
});

backupScenarios(() => {
  if (bed === undefined) throw new Error("the bed is not open");
  return bed;
});
