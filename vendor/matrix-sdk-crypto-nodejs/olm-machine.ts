/** `OlmMachine` of the native binding, as matrix-bot-sdk calls it, on the WebAssembly build. */
import type { IdentityKeys, ShieldState } from "@matrix-org/matrix-sdk-crypto-wasm" with { "resolution-mode": "require" };
import { toWasmSettings, type EncryptionSettings } from "./encryption-settings.ts";
import type { DeviceId, DeviceLists, RoomId, UserId } from "./identifiers.ts";
import type { OpenMachine } from "./open.ts";
import { toSdkRequest, type SdkRequest } from "./sdk-request.ts";

export interface SdkDecryptedEvent {
  /** JSON */
  readonly event: string;
  readonly sender: UserIdText;
  readonly senderDevice: string | null;
  readonly senderCurve25519Key: string | null;
  readonly senderClaimedEd25519Key: string | null;
  readonly shieldState: (strict: boolean) => ShieldState;
}

export interface SdkSignatures {
  readonly get: (signer: UserId) => Readonly<Record<string, { readonly isValid: boolean; readonly isInvalid: boolean; readonly signature: unknown }>> | null;
  readonly asJSON: () => string;
}

type UserIdText = string;

export class OlmMachine {
  readonly userId: UserId;
  readonly deviceId: DeviceId;
  readonly #open: OpenMachine;

  private constructor(open: OpenMachine, userId: UserId, deviceId: DeviceId) {
    this.#open = open;
    this.userId = userId;
    this.deviceId = deviceId;
  }

  /** @throws CryptoStoreError */
  static async initialize(
    userId: UserId,
    deviceId: DeviceId,
    storePath?: string | null,
    storePassphrase?: string | null,
    _storeType?: number,
  ): Promise<OlmMachine> {
    const { openMachine } = await import("./open.ts");
    const open = await openMachine({
      user: userId.toString(),
      device: deviceId.toString(),
      folder: storePath === null || storePath === "" ? undefined : storePath,
      // The SDK always gives "".
      ...(storePassphrase === undefined || storePassphrase === null || storePassphrase === "" ? {} : { passphrase: storePassphrase }),
    });
    return new OlmMachine(open, userId, deviceId);
  }

  get identityKeys(): IdentityKeys {
    return this.#open.machine.identityKeys;
  }

  /** Answers a JSON list of the to-device events, decrypted where they could be. */
  async receiveSyncChanges(
    toDeviceEvents: string,
    deviceLists: DeviceLists,
    oneTimeKeyCounts: Readonly<Record<string, number>> | undefined,
    unusedFallbackKeys: readonly string[] | undefined,
  ): Promise<string> {
    const { wasm, run } = this.#open;
    const events = await run((machine) =>
      machine.receiveSyncChanges(
        toDeviceEvents,
        new wasm.DeviceLists(this.#users(deviceLists.changed), this.#users(deviceLists.left)),
        new Map(Object.entries(oneTimeKeyCounts ?? {})),
        unusedFallbackKeys === undefined ? undefined : new Set(unusedFallbackKeys),
        new wasm.DecryptionSettings(wasm.TrustRequirement.Untrusted),
      ),
    );
    return `[${events.map((event) => event.rawEvent).join(",")}]`;
  }

  /** Without uploads of signatures, room messages and backups: RustEngine throws at them, in this and every later sync. */
  async outgoingRequests(): Promise<readonly SdkRequest[]> {
    const { wasm, run } = this.#open;
    const requests = await run((machine) => machine.outgoingRequests());
    const known: SdkRequest[] = [];
    for (const request of requests)
      if (
        request instanceof wasm.KeysUploadRequest ||
        request instanceof wasm.KeysQueryRequest ||
        request instanceof wasm.KeysClaimRequest ||
        request instanceof wasm.ToDeviceRequest
      )
        known.push(toSdkRequest(request));
    return known;
  }

  async markRequestAsSent(requestId: string, requestType: number, response: string): Promise<boolean> {
    return this.#open.run((machine) => machine.markRequestAsSent(requestId, requestType, response));
  }

  async updateTrackedUsers(users: readonly UserId[]): Promise<void> {
    await this.#open.run((machine) => machine.updateTrackedUsers(this.#users(users)));
  }

  /**
   * Nothing while a query of keys is to be sent. The SDK asks right after it has begun to track users, and holds its lock, so that the query could not
   * be sent while the machine waits five seconds for it. It asks again, when the keys are there, before it encrypts.
   */
  async getMissingSessions(users: readonly UserId[] | undefined): Promise<SdkRequest | null> {
    const { wasm, run } = this.#open;
    return run(async (machine) => {
      const requests = await machine.outgoingRequests();
      if (requests.some((request) => request.type === wasm.RequestType.KeysQuery)) return null;
      const claim = await machine.getMissingSessions(this.#users(users ?? []));
      return claim === undefined || claim === null ? null : toSdkRequest(claim);
    });
  }

  async shareRoomKey(roomId: RoomId, users: readonly UserId[], settings: EncryptionSettings): Promise<readonly SdkRequest[]> {
    const { wasm, run } = this.#open;
    const requests = await run((machine) => machine.shareRoomKey(new wasm.RoomId(roomId.toString()), this.#users(users), toWasmSettings(wasm, settings)));
    return requests.map(toSdkRequest);
  }

  /** Only right after {@link shareRoomKey}, as the SDK does: the machine gives up altogether when there is no key to encrypt with. */
  async encryptRoomEvent(roomId: RoomId, eventType: string, content: string): Promise<string> {
    const { wasm, run } = this.#open;
    return run((machine) => machine.encryptRoomEvent(new wasm.RoomId(roomId.toString()), eventType, content));
  }

  /** @throws Error with the machine's own words and `code` (`DecryptionErrorCode`) */
  async decryptRoomEvent(event: string, roomId: RoomId): Promise<SdkDecryptedEvent> {
    const { wasm, run } = this.#open;
    const settings = new wasm.DecryptionSettings(wasm.TrustRequirement.Untrusted);
    const decrypted = await run((machine) => machine.decryptRoomEvent(event, new wasm.RoomId(roomId.toString()), settings)).catch((error: unknown) => {
      if (!(error instanceof wasm.MegolmDecryptionError)) throw error;
      throw Object.assign(new Error(error.description), { name: "MegolmDecryptionError", code: error.code });
    });
    return {
      event: decrypted.event,
      sender: decrypted.sender.toString(),
      senderDevice: decrypted.senderDevice?.toString() ?? null,
      senderCurve25519Key: decrypted.senderCurve25519Key,
      senderClaimedEd25519Key: decrypted.senderClaimedEd25519Key ?? null,
      shieldState: (strict) => decrypted.shieldState(strict),
    };
  }

  async sign(message: string): Promise<SdkSignatures> {
    const { wasm, run } = this.#open;
    const signatures = await run((machine) => machine.sign(message));
    return {
      get: (signer) => {
        const found = signatures.get(new wasm.UserId(signer.toString()));
        if (found === undefined) return null;
        return Object.fromEntries(
          [...found].map(([key, each]) => [key, { isValid: each.isValid(), isInvalid: each.isInvalid(), signature: each.signature ?? null }]),
        );
      },
      asJSON: () => signatures.asJSON(),
    };
  }

  async close(): Promise<void> {
    await this.#open.close();
  }

  #users(list: readonly UserId[]) {
    return list.map((user) => new this.#open.wasm.UserId(user.toString()));
  }
}
