/** What every store must do, whatever database it stands on. */
import { afterEach, beforeEach, describe } from "vitest";
import { auditContract } from "./store-contract-audit.ts";
import { crashContract } from "./store-contract-crash.ts";
import { inboxContract } from "./store-contract-inbox.ts";
import { leaseContract } from "./store-contract-lease.ts";
import { outboxContract } from "./store-contract-outbox.ts";
import { outboxPropertyContract } from "./store-contract-outbox-property.ts";
import { schemaContract } from "./store-contract-schema.ts";
import type { MakeBed, StoreBed } from "./store-bed.ts";

/** Each test gets a fresh database from `makeBed`. */
export function storeContract(makeBed: MakeBed): void {
  let bed: StoreBed;
  beforeEach(async () => {
    bed = await makeBed();
  });
  afterEach(async () => {
    await bed[Symbol.asyncDispose]();
  });
  const current = (): StoreBed => bed;

  describe("schema", () => {
    schemaContract(current);
  });
  describe("lease", () => {
    leaseContract(current);
  });
  describe("inbox", () => {
    inboxContract(current);
  });
  describe("outbox", () => {
    outboxContract(current);
  });
  describe("outbox, any sequence", () => {
    outboxPropertyContract(makeBed);
  });
  describe("audit log", () => {
    auditContract(current);
  });
  describe("crash", () => {
    crashContract(current);
  });
}
