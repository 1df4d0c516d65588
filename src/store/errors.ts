/** What can go wrong with the store, in words for whoever has to mend it. */
import { OpsroomError } from "../errors.ts";

/** Another instance acts, or nobody does: nothing of the refused change was written. */
export class LeaseLost extends OpsroomError {
  constructor(found: string) {
    super("OPSROOM_LEASE_LOST", found, "Nothing needs to be done: the instance that holds the lease goes on. If there should be only one, stop the other.");
    this.name = "LeaseLost";
  }
}

/** More messages wait than the store may hold. */
export class OutboxFull extends OpsroomError {
  constructor(limit: number) {
    super(
      "OPSROOM_OUTBOX_FULL",
      `${limit} messages wait to be sent, which is the limit`,
      "See whether the homeserver accepts messages (log, rate limit); raise the outbox limit if so many are expected.",
    );
    this.name = "OutboxFull";
  }
}

/** More deliveries wait to be worked off than the store may hold: whoever brings one keeps it and tries again. */
export class DeliveriesFull extends OpsroomError {
  constructor(limit: number) {
    super(
      "OPSROOM_DELIVERIES_FULL",
      `${limit} deliveries of alerts wait to be worked off, which is the limit`,
      "See that one instance holds the lease and works (log); Alertmanager keeps what was not taken and tries again by itself.",
    );
    this.name = "DeliveriesFull";
  }
}

/** The database could not be read or written now. Nothing is half written; the same call may succeed later. */
export class StoreUnavailable extends OpsroomError {
  constructor(found: string, remedy: string, cause?: unknown) {
    super("OPSROOM_STORE_UNAVAILABLE", found, remedy, cause === undefined ? {} : { cause });
    this.name = "StoreUnavailable";
  }
}

/** @param where the file, or the database's name */
export function storeCorrupt(where: string, found: string, remedy: string, cause?: unknown): OpsroomError {
  return new OpsroomError("OPSROOM_STORE_CORRUPT", `${where} is damaged: ${found}`, remedy, cause === undefined ? {} : { cause });
}

/** @param found the schema's version in the database; `known` the newest this Opsroom has */
export function storeNewer(found: number, known: number): OpsroomError {
  return new OpsroomError(
    "OPSROOM_STORE_NEWER",
    `the database has schema version ${found}, this Opsroom knows ${known}`,
    "Run the Opsroom version that wrote it, or a newer one; an older one cannot read it.",
  );
}
