/**
 * Makes the account's identity, its recovery and its backup what they should be, by what the homeserver has: at the first start all of it is made; later,
 * also after a crash at any point, only what is missing. What is somebody else's is never replaced unless a person said so.
 */
import type { UserId } from "../../../ids.ts";
import type { CryptoMachine } from "../machine/machine.ts";
import type { Standing } from "../machine/identity.ts";
import type { OutgoingRequest } from "../machine/outgoing.ts";
import { accountData, type Request } from "./account-data.ts";
import { sendAuthorised } from "./authorise.ts";
import { establishBackup } from "./establish-backup.ts";
import type { IdentityReport, Trouble } from "./report.ts";
import { makeVault, openVault, secretNames, type Vault, type VaultState } from "./vault.ts";

export interface EstablishNeeds {
  readonly user: UserId;
  readonly machine: CryptoMachine;
  readonly request: Request;
  /** Sends a request of the machine's and tells it what was answered. */
  readonly send: (request: OutgoingRequest, signal: AbortSignal) => Promise<unknown>;
  /** The recovery key that is at hand; it is made only where the account has no secret storage yet. */
  readonly recoveryKey: (vault: VaultState["kind"], signal: AbortSignal) => Promise<Uint8Array | Trouble | undefined>;
  readonly password: (() => Promise<string>) | undefined;
  /** A new identity, recovery and backup in place of any that cannot be used. */
  readonly replace: boolean;
}

/** @returns how it stands now @throws MatrixFailure; nothing is lost by it, and it may be called again */
export async function establish(needs: EstablishNeeds, signal: AbortSignal): Promise<IdentityReport> {
  const { user, machine, request, send, replace } = needs;
  const data = accountData(request, user);
  const before = await openVault(data, undefined, signal);
  const given = await needs.recoveryKey(before.kind, signal);
  const key = given instanceof Uint8Array ? given : undefined;
  const troubles: Trouble[] = given === undefined || given instanceof Uint8Array ? [] : [given];
  const opened = key === undefined ? before : await openVault(data, key, signal);

  const standing = await machine.identity.judge(await send(await machine.identity.query(), signal));
  const inTheWay = await establishIdentity(standing, opened, needs, signal);
  if (inTheWay !== undefined) {
    const backup = (await machine.backup.state()).version === undefined ? "none" : "kept";
    return { signed: false, recovery: recoveryOf(opened), backup, troubles: [...troubles, inTheWay] };
  }
  const vault = await establishVault(data, opened, key, replace, signal);
  if (key !== undefined && vault === undefined) troubles.push(anotherKey);
  if (vault !== undefined) await keepSecrets(machine, vault, signal);
  const { backup, trouble } = await establishBackup({ machine, request, vault, replace }, signal);
  if (trouble !== undefined) troubles.push(trouble);
  return { signed: true, recovery: vault === undefined ? recoveryOf(opened) : "at-hand", backup, troubles };
}

const anotherKey: Trouble = {
  found: "The account's secret storage was made with another recovery key than the one that is at hand",
  remedy: "Put the right recovery key into the file that matrix.encryption.recoveryKeyFile names, or run `opsroom crypto init --new-identity`.",
};

const anotherIdentity: Trouble = {
  found: "The account has a cross-signing identity that another client made, and its private keys are not here: this device stays unsigned",
  remedy:
    "Give the account's recovery key (matrix.encryption.recoveryKeyFile), or run `opsroom crypto init --new-identity`: everybody who verified the account has to do it again.",
};

function recoveryOf({ kind }: VaultState): IdentityReport["recovery"] {
  switch (kind) {
    case "none":
      return "none";
    case "locked":
      return "elsewhere";
    case "open":
      return "at-hand";
    default:
      return kind satisfies never;
  }
}

/** @returns what is in the way; `undefined` when this device is signed */
async function establishIdentity(
  { identity, deviceSigned }: Standing,
  opened: VaultState,
  needs: EstablishNeeds,
  signal: AbortSignal,
): Promise<Trouble | undefined> {
  const { machine, replace } = needs;
  if (identity === "ours" && deviceSigned) return undefined;
  if (identity === "none") return await publish(await machine.identity.uploads(), needs, signal);
  const known = identity === "ours" || (opened.kind === "open" && (await restoreIdentity(machine, opened.vault, signal)));
  if (known) {
    // The homeserver has the identity's keys; only this device's signature is missing. Given anew, they would need the password.
    const uploads = await machine.identity.uploads();
    return await publish(
      uploads.filter(({ kind }) => kind !== "signing-keys-upload"),
      needs,
      signal,
    );
  }
  return replace ? await publish(await machine.identity.reset(), needs, signal) : anotherIdentity;
}

async function publish(requests: readonly OutgoingRequest[], { send, user, password }: EstablishNeeds, signal: AbortSignal): Promise<Trouble | undefined> {
  for (const request of requests) {
    if (request.kind === "signing-keys-upload") {
      const refused = await sendAuthorised(request, { send, user, password }, signal);
      if (refused !== undefined) return refused;
    } else await send(request, signal);
  }
  return undefined;
}

/** @returns whether the secrets were there, and are those of the identity that the homeserver has */
async function restoreIdentity(machine: CryptoMachine, vault: Vault, signal: AbortSignal): Promise<boolean> {
  const [master, selfSigning, userSigning] = await Promise.all(secretNames.slice(0, 3).map((name) => vault.read(name, signal)));
  if (master === undefined || selfSigning === undefined || userSigning === undefined) return false;
  const secrets = { "m.cross_signing.master": master, "m.cross_signing.self_signing": selfSigning, "m.cross_signing.user_signing": userSigning };
  return await machine.identity.restore(secrets).then(
    () => true,
    () => false,
  );
}

async function establishVault(
  data: Parameters<typeof makeVault>[0],
  opened: VaultState,
  key: Uint8Array | undefined,
  replace: boolean,
  signal: AbortSignal,
): Promise<Vault | undefined> {
  if (opened.kind === "open") return opened.vault;
  return key !== undefined && (opened.kind === "none" || replace) ? await makeVault(data, key, signal) : undefined;
}

async function keepSecrets(machine: CryptoMachine, vault: Vault, signal: AbortSignal): Promise<void> {
  const secrets = await machine.identity.secrets();
  if (secrets === undefined) return;
  await vault.keep("m.cross_signing.master", secrets["m.cross_signing.master"], signal);
  await vault.keep("m.cross_signing.self_signing", secrets["m.cross_signing.self_signing"], signal);
  await vault.keep("m.cross_signing.user_signing", secrets["m.cross_signing.user_signing"], signal);
}
