/** What differs between the databases. Everything else of the store is one set of queries. */
import type { Kysely, RawBuilder } from "kysely";
import type { Tables } from "./schema.ts";

export interface Backend {
  readonly kind: "sqlite" | "postgres";
  /** For what changes something. A transaction on SQLite takes the write lock when it begins. Every error is an OpsroomError or a bug. */
  readonly db: Kysely<Tables>;
  /** For what only looks: sees what is committed and does not wait for a write. */
  readonly reader: Kysely<Tables>;
  /**
   * Runs `act` in one transaction of {@link db}; one at a time.
   * @param durable whether the commit is on disk when it is answered. Without, a power cut may undo it, but only together with everything after it
   */
  readonly transaction: <T>(durable: boolean, act: (tx: Kysely<Tables>) => Promise<T>) => Promise<T>;
  /** Runs `look` on one unchanging picture of the database, beside all other reads. */
  readonly snapshot: <T>(look: (db: Kysely<Tables>) => Promise<T>) => Promise<T>;
  /** Now, in milliseconds since 1970, by the clock that all instances share. */
  readonly sharedNow: () => RawBuilder<number>;
  /** Keeps instances that start together from migrating together; until the end of the transaction. */
  readonly lockSchema: (tx: Kysely<Tables>) => Promise<void>;
  /** Keeps instances from judging the same delivery at the same time; until the end of the transaction. */
  readonly lockDeliveries: (tx: Kysely<Tables>) => Promise<void>;
  readonly close: () => Promise<void>;
}
