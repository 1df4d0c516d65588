/** Brings the schema up to date: each migration once, also when two instances start together. */
import { sql, type Kysely } from "kysely";
import type { Backend } from "./backend.ts";
import { storeNewer } from "./errors.ts";
import { foundation } from "./migrations/0001-foundation.ts";
import { alerts } from "./migrations/0002-alerts.ts";
import { sending } from "./migrations/0003-sending.ts";
import { schedules } from "./migrations/0004-schedules.ts";
import { pendingGroups } from "./migrations/0005-pending-groups.ts";
import { encryption } from "./migrations/0006-encryption.ts";
import type { Migration } from "./migrations/migration.ts";
import type { Tables } from "./schema.ts";

/** All of them, in order. Imported one by one so that they are part of a bundle. */
export const migrations: readonly Migration[] = [foundation, alerts, sending, schedules, pendingGroups, encryption];

/**
 * Runs what is missing, all in one transaction.
 * @param now milliseconds since 1970, kept beside each migration
 * @returns the versions that were applied
 * @throws OpsroomError `OPSROOM_STORE_NEWER` when the database has a version that this list has not
 */
export async function migrate(backend: Backend, list: readonly Migration[], now: number): Promise<readonly number[]> {
  return await backend.db.transaction().execute(async (tx) => {
    await backend.lockSchema(tx);
    const found = await schemaVersion(backend, tx);
    const known = list.at(-1)?.version ?? 0;
    if (found > known) throw storeNewer(found, known);
    const missing = list.filter((each) => each.version > found);
    for (const { version, name, statements } of missing) {
      for (const statement of statements(backend.kind)) await sql.raw(statement).execute(tx);
      await tx.insertInto("schema_version").values({ version, name, applied_at: now }).execute();
    }
    return missing.map((each) => each.version);
  });
}

async function schemaVersion({ kind }: Backend, tx: Kysely<Tables>): Promise<number> {
  const int = kind === "sqlite" ? "integer" : "bigint";
  const end = kind === "sqlite" ? " strict" : "";
  await sql.raw(`create table if not exists schema_version (version ${int} primary key, name text not null, applied_at ${int} not null)${end}`).execute(tx);
  const { version } = await tx
    .selectFrom("schema_version")
    .select((row) => row.fn.max("version").as("version"))
    .executeTakeFirstOrThrow();
  return version ?? 0;
}
