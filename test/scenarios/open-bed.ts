/** One world for the scenarios of a file. */
import { afterAll, beforeAll } from "vitest";
import type { Bed } from "./bed.ts";
import { openEmbeddedBed } from "./embedded-bed.ts";

/** Opened before the first of them, gone after the last. */
export function embeddedBed(): () => Bed {
  let bed: (Bed & AsyncDisposable) | undefined;
  beforeAll(async () => {
    bed = await openEmbeddedBed();
  });
  afterAll(async () => {
    await bed?.[Symbol.asyncDispose]();
  });
  return () => {
    if (bed === undefined) throw new Error("the bed is not open");
    return bed;
  };
}
