/** The copy of the room keys on the homeserver: made, or gone on with. Only where its key is in secret storage: a copy that nobody can read is none. */
import * as z from "zod";
import { backupAlgorithm } from "../machine/backup.ts";
import type { CryptoMachine } from "../machine/machine.ts";
import { unlessAbsent, type Request } from "./account-data.ts";
import type { IdentityReport, Trouble } from "./report.ts";
import type { Vault } from "./vault.ts";

export interface BackupNeeds {
  readonly machine: CryptoMachine;
  readonly request: Request;
  readonly vault: Vault | undefined;
  readonly replace: boolean;
}

export interface BackupOutcome {
  readonly backup: IdentityReport["backup"];
  readonly trouble?: Trouble;
}

const versionPath = "/_matrix/client/v3/room_keys/version";
const madeAnswer = z.object({ version: z.string() });
const versionAnswer = z.object({ version: z.string(), algorithm: z.string(), auth_data: z.looseObject({ public_key: z.string().optional() }) });

/** @throws MatrixFailure */
export async function establishBackup({ machine, request, vault, replace }: BackupNeeds, signal: AbortSignal): Promise<BackupOutcome> {
  const { backup } = machine;
  const found = versionAnswer.safeParse(await unlessAbsent(request({ method: "GET", path: versionPath }, signal)));
  const kept = (await backup.state()).version;
  if (!found.success) {
    if (kept !== undefined) await backup.disable();
    return vault === undefined ? { backup: "none" } : await begin();
  }
  const { version, algorithm, auth_data: authData } = found.data;
  const publicKey = algorithm === backupAlgorithm ? authData.public_key : undefined;
  if (kept === version && publicKey !== undefined && (await backup.isOurs(publicKey))) return { backup: "kept" };
  if (kept !== undefined) await backup.disable();
  const secret = publicKey === undefined ? undefined : await vault?.read("m.megolm_backup.v1", signal);
  if (secret !== undefined && publicKey !== undefined && (await resume(secret, version, publicKey))) return await restore(secret, version);
  return replace && vault !== undefined ? await begin() : { backup: "another", ...(vault === undefined ? {} : { trouble: anotherBackup }) };

  /** Its key first, so that no copy is ever begun whose key is lost. */
  async function begin(): Promise<BackupOutcome> {
    const { privateKey, ...body } = await backup.create();
    await vault?.keep("m.megolm_backup.v1", privateKey, signal);
    const made = madeAnswer.parse(await request({ method: "POST", path: versionPath, body }, signal));
    await backup.enable(privateKey, made.version);
    return { backup: "kept" };
  }

  async function resume(privateKey: string, at: string, wanted: string): Promise<boolean> {
    try {
      await backup.enable(privateKey, at);
    } catch {
      return false; // what was kept is no such key
    }
    if (await backup.isOurs(wanted)) return true;
    await backup.disable();
    return false;
  }

  async function restore(privateKey: string, at: string): Promise<BackupOutcome> {
    const keys = await request({ method: "GET", path: "/_matrix/client/v3/room_keys/keys", query: { version: at } }, signal);
    await backup.restore(privateKey, at, keys);
    return { backup: "kept" };
  }
}

const anotherBackup: Trouble = {
  found: "The homeserver has a backup of room keys whose key is not in the account's secret storage: none is kept",
  remedy: "If nobody needs it, run `opsroom crypto init --new-identity`: it begins a new one.",
};
