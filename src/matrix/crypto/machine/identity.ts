/** The account's cross-signing identity: what other clients need to tell this device from one that someone else made with its password. */
import type { OpenMachine } from "@matrix-org/matrix-sdk-crypto-nodejs";
import * as z from "zod";
import type { DeviceId, UserId } from "../../../ids.ts";
import { toOutgoing, type OutgoingRequest } from "./outgoing.ts";

/**
 * What the homeserver has, beside what we have:
 * - `device`: `ours`; `missing` (not uploaded yet, or the server has forgotten it: an older database was put back); `another` (the same id with other keys:
 *   this store is not the one that the device was made with);
 * - `identity`: `ours`; `none` (make it, or upload what was made before a crash: {@link Identity.uploads}); `another` (another client of this account
 *   made or reset it: {@link Identity.restore} it from secret storage, or {@link Identity.reset});
 * - `deviceSigned`: whether our device is signed with that identity.
 */
export interface Standing {
  readonly device: "ours" | "missing" | "another";
  readonly identity: "ours" | "none" | "another";
  readonly deviceSigned: boolean;
}

/** The private keys, base64, as secret storage holds them. */
export interface IdentitySecrets {
  readonly "m.cross_signing.master": string;
  readonly "m.cross_signing.self_signing": string;
  readonly "m.cross_signing.user_signing": string;
}

const keyed = z.looseObject({ keys: z.record(z.string(), z.string()), signatures: z.record(z.string(), z.record(z.string(), z.string())).optional() });
const keysAnswer = z.looseObject({
  device_keys: z.record(z.string(), z.record(z.string(), keyed)).catch({}),
  master_keys: z.record(z.string(), keyed).catch({}),
  self_signing_keys: z.record(z.string(), keyed).catch({}),
});

export class Identity {
  readonly #open: OpenMachine;
  readonly #user: UserId;
  readonly #device: DeviceId;
  readonly #ed25519: string;

  constructor(open: OpenMachine, user: UserId, device: DeviceId, ed25519: string) {
    this.#open = open;
    this.#user = user;
    this.#device = device;
    this.#ed25519 = ed25519;
  }

  /** Whether all three private keys are here. */
  async complete(): Promise<boolean> {
    const status = await this.#open.run((machine) => machine.crossSigningStatus());
    return status.hasMaster && status.hasSelfSigning && status.hasUserSigning;
  }

  /** Asks the homeserver for our own keys. Mark it as sent with its answer, then give that to {@link judge}. */
  async query(): Promise<OutgoingRequest> {
    const { wasm, run } = this.#open;
    return run(async (machine) => toOutgoing(wasm, machine.queryKeysForUsers([new wasm.UserId(this.#user)])));
  }

  /** @param answer of {@link query}, after it was marked as sent */
  async judge(answer: unknown): Promise<Standing> {
    const { device_keys, master_keys, self_signing_keys } = keysAnswer.parse(answer);
    const device = device_keys[this.#user]?.[this.#device];
    const master = keyOf(master_keys[this.#user]);
    const selfSigning = keyOf(self_signing_keys[this.#user]);
    const ours = await this.#masterKey();
    return {
      device: device === undefined ? "missing" : device.keys[`ed25519:${this.#device}`] === this.#ed25519 ? "ours" : "another",
      identity: master === undefined ? "none" : master === ours && (await this.complete()) ? "ours" : "another",
      deviceSigned: selfSigning !== undefined && device?.signatures?.[this.#user]?.[`ed25519:${selfSigning}`] !== undefined,
    };
  }

  /**
   * What publishes the identity, to be sent in this order; made now if there is none. Asks for the same again after a crash. The homeserver may
   * want the account's password for `signing-keys-upload` (401 with flows), except for the first time.
   */
  async uploads(): Promise<readonly OutgoingRequest[]> {
    return this.#bootstrap(false);
  }

  /** A new identity in place of the old: everyone who has verified this account is warned, and has to do it again. */
  async reset(): Promise<readonly OutgoingRequest[]> {
    return this.#bootstrap(true);
  }

  /** For secret storage. `undefined` unless all three keys are here. */
  async secrets(): Promise<IdentitySecrets | undefined> {
    const keys = await this.#open.run((machine) => machine.exportCrossSigningKeys());
    const { masterKey, self_signing_key: selfSigning, userSigningKey } = keys ?? {};
    if (masterKey === undefined || selfSigning === undefined || userSigningKey === undefined) return undefined;
    return { "m.cross_signing.master": masterKey, "m.cross_signing.self_signing": selfSigning, "m.cross_signing.user_signing": userSigningKey };
  }

  /**
   * Takes the identity over from secret storage; after {@link query} was answered. Then {@link uploads} signs this device with it.
   * @throws Error when they are not the keys of the identity that the homeserver has
   */
  async restore(secrets: IdentitySecrets): Promise<void> {
    const { "m.cross_signing.master": master, "m.cross_signing.self_signing": selfSigning, "m.cross_signing.user_signing": userSigning } = secrets;
    await this.#open.run((machine) => machine.importCrossSigningKeys(master, selfSigning, userSigning));
    if (!(await this.complete())) throw new Error("these are not the private keys of the account's cross-signing identity");
  }

  async #bootstrap(reset: boolean): Promise<readonly OutgoingRequest[]> {
    const { wasm, run } = this.#open;
    const made = await run((machine) => machine.bootstrapCrossSigning(reset));
    const keysUpload: unknown = made.uploadKeysRequest;
    const first = keysUpload instanceof wasm.KeysUploadRequest ? [keysUpload] : [];
    return [...first, made.uploadSigningKeysRequest, made.uploadSignaturesRequest].map((request) => toOutgoing(wasm, request));
  }

  async #masterKey(): Promise<string | undefined> {
    const { wasm, run } = this.#open;
    const identity = await run((machine) => machine.getIdentity(new wasm.UserId(this.#user)));
    return identity === undefined ? undefined : keyOf(keyed.parse(JSON.parse(identity.masterKey)));
  }
}

/** A cross-signing key's own name is its public key. */
const keyOf = (key: z.infer<typeof keyed> | undefined): string | undefined => (key === undefined ? undefined : Object.values(key.keys)[0]);
