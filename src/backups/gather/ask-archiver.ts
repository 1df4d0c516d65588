/** Asks a primary how its archiver is: no object of Kubernetes says when the last WAL got out. */
import * as z from "zod";
import type { ContainerCommands } from "../../kubernetes/objects.ts";
import { askDatabase } from "../psql.ts";
import type { ArchiverFacts } from "../facts.ts";
import type { DatabaseRecord } from "../records/database.ts";

const milliseconds = z
  .number()
  .nullable()
  .transform((value) => value ?? undefined);
const answer = z.object({ archived: milliseconds, failed: milliseconds, waiting: milliseconds });

const sql = `select json_build_object(
  'archived', extract(epoch from last_archived_time) * 1000, 'failed', extract(epoch from last_failed_time) * 1000,
  'waiting', (select count(*) from pg_ls_archive_statusdir() where name like '%.ready')) from pg_stat_archiver`;

/** @throws in words when it may not be asked, or does not answer */
export async function askArchiver(access: ContainerCommands, { namespace, primary }: DatabaseRecord, signal: AbortSignal): Promise<ArchiverFacts> {
  if (primary === undefined) throw new Error("it has no primary to ask");
  const told = await askDatabase(access, { namespace, pod: primary }, { database: "postgres", sql }, signal);
  if (!told.ok) throw new Error(`its primary ${primary} did not answer: ${told.words}`);
  const { archived, failed, waiting } = answer.parse(told.value);
  return { lastArchivedAt: archived, lastFailedAt: failed, waiting };
}
