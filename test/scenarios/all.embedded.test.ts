import { afterAll, beforeAll } from "vitest";
import { alertScenarios } from "./alerts.ts";
import type { Bed } from "./bed.ts";
import { clusterScenarios } from "./cluster-trouble.ts";
import { conversationScenarios } from "./conversation.ts";
import { encryptedScenarios } from "./encrypted.ts";
import { enduranceScenarios } from "./endurance.ts";
import { silenceScenarios } from "./silences.ts";
import { processScenarios } from "./process.ts";
import { openEmbeddedBed } from "./embedded-bed.ts";

let bed: (Bed & AsyncDisposable) | undefined;
const opened = (): Bed => {
  if (bed === undefined) throw new Error("the bed is not open");
  return bed;
};

beforeAll(async () => {
  bed = await openEmbeddedBed();
});
afterAll(async () => {
  await bed?.[Symbol.asyncDispose]();
});

conversationScenarios(opened);
clusterScenarios(opened);
processScenarios(opened);
enduranceScenarios(opened);
alertScenarios(opened);
silenceScenarios(opened);
encryptedScenarios(opened);
