/** Opens the store: connects, looks whether it is whole, and brings the schema up to date. */
import { systemClock, type Clock } from "../clock.ts";
import { createStore } from "./create.ts";
import { migrate, migrations } from "./migrate.ts";
import type { OutboxOptions } from "./outbox-queue.ts";
import type { PostgresOptions } from "./postgres.ts";
import type { Store } from "./store.ts";

export type StoreOptions = OutboxOptions & {
  /** The system's clock by default. It stamps rows; on SQLite it also judges the lease, on PostgreSQL the database's clock does. */
  readonly clock?: Pick<Clock, "now">;
} & ({ readonly kind: "sqlite"; readonly file: string } | ({ readonly kind: "postgres" } & PostgresOptions));

/** @throws OpsroomError `OPSROOM_STORE_NEWER`, `OPSROOM_STORE_CORRUPT`, `OPSROOM_STORE_UNAVAILABLE`, `OPSROOM_CONFIG_INVALID` */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { clock = systemClock, log } = options;
  // Each database's library is loaded only where it is used.
  const backend =
    options.kind === "sqlite" ? (await import("./sqlite.ts")).openSqlite(options.file, clock) : (await import("./postgres.ts")).openPostgres(options, log);
  try {
    const applied = await migrate(backend, migrations, clock.now());
    if (applied.length > 0) log.info({ versions: applied }, "the database's schema was brought up to date");
  } catch (error) {
    await backend.close();
    throw error;
  }
  return createStore(backend, { ...options, clock });
}
