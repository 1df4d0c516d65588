/** What every store must do, whatever database it stands on. */
import { afterEach, beforeEach, describe } from "vitest";
import { alertsContract } from "./store-contract-alerts.ts";
import { auditContract } from "./store-contract-audit.ts";
import { crashContract } from "./store-contract-crash.ts";
import { deliveriesContract } from "./store-contract-deliveries.ts";
import { deliveriesPropertyContract } from "./store-contract-deliveries-property.ts";
import { encryptionContract } from "./store-contract-encryption.ts";
import { inboxContract } from "./store-contract-inbox.ts";
import { leaseContract } from "./store-contract-lease.ts";
import { outboxContract } from "./store-contract-outbox.ts";
import { outboxPropertyContract } from "./store-contract-outbox-property.ts";
import { schedulesContract } from "./store-contract-schedules.ts";
import { schemaContract } from "./store-contract-schema.ts";
import { withdrawContract } from "./store-contract-withdraw.ts";
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
  describe("outbox, taking back and finding", () => {
    withdrawContract(current);
  });
  describe("deliveries", () => {
    deliveriesContract(current);
  });
  describe("deliveries, any sequence", () => {
    deliveriesPropertyContract(current);
  });
  describe("groups, timers, prompts, notes", () => {
    alertsContract(current);
  });
  describe("schedules", () => {
    schedulesContract(current);
  });
  describe("encrypted rooms", () => {
    encryptionContract(current);
  });
  describe("audit log", () => {
    auditContract(current);
  });
  describe("crash", () => {
    crashContract(current);
  });
}
