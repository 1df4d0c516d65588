/** `opsroom audit verify`: whether the audit log is what was written. */
import { loadConfig } from "../config/load.ts";
import { errorCodes } from "../errors.ts";
import { createLog } from "../observe/log.ts";
import { openConfiguredStore } from "../process/open-store.ts";
import type { CommandIo } from "./check.ts";

/** @returns the exit code: 0 when every row is as it was written, 1 when not */
export async function runAuditVerify(configFile: string, { out, err, env }: CommandIo): Promise<0 | 1> {
  const config = await loadConfig(configFile);
  await using store = await openConfiguredStore(config, env, createLog("error"));
  const verdict = await store.read.verifyAudit();
  if (verdict.ok) {
    out(`the audit log is whole: ${verdict.rows} rows\n`);
    return 0;
  }
  err(`OPSROOM_AUDIT_BROKEN: ${errorCodes.OPSROOM_AUDIT_BROKEN.summary} Row ${verdict.seq}: ${verdict.why}\n`);
  return 1;
}
