/** Puts the parts of encryption together: this device's keys, who we are, and verification by people. */
import type { Line } from "../chat/line.ts";
import type { OpsRooms } from "../chat/rooms.ts";
import type { Clock } from "../clock.ts";
import type { Config } from "../config/schema/root.ts";
import type { DeviceId, UserId } from "../ids.ts";
import type { MatrixApi } from "../matrix/api.ts";
import { createIdentityKeeper, type IdentityKeeper, type IdentityKeeperNeeds } from "../matrix/crypto/identity/keeper.ts";
import type { KeeperNeeds } from "../matrix/crypto/part/keeper.ts";
import { createCryptoPart, type CryptoPart } from "../matrix/crypto/part/part.ts";
import type { Membership } from "../matrix/membership.ts";
import type { Log } from "../observe/log.ts";
import type { Prompts } from "../prompts/service.ts";
import type { Store } from "../store/store.ts";
import { cryptoFaultLines } from "./notices.ts";
import { demandsEncryption } from "./rooms.ts";
import { createVerification, type Verification } from "./verification.ts";

export interface EncryptionNeeds {
  readonly config: () => Config;
  readonly api: MatrixApi;
  readonly store: Store;
  readonly account: UserId;
  readonly device: DeviceId | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** Opens this device's keys, when a room needs them. */
  readonly keys: Pick<KeeperNeeds, "openMachine" | "folder">;
  /** The account's recovery key, where it is at hand. */
  readonly recoveryKey: IdentityKeeperNeeds["recoveryKey"];
  readonly rooms: () => OpsRooms;
  readonly joined: Membership["rooms"];
  readonly prompts: () => Prompts;
  /** Tells all rooms. */
  readonly tell: (key: string, lines: readonly Line[]) => Promise<void>;
  readonly wakeSender: () => void;
  /** What waited for a key may be read now. */
  readonly onKeys: () => void;
}

export interface Encryption {
  /** Whose commands are taken in encrypted rooms. */
  readonly accept: Config["matrix"]["encryption"]["accept"];
  readonly identity: IdentityKeeper;
  readonly verification: Verification;
  readonly crypto: CryptoPart;
}

/** Opens nothing: that is done when a room needs it. */
export function prepareEncryption(needs: EncryptionNeeds): Encryption {
  const { config, api, store, account, device, clock, random, log, rooms, joined } = needs;
  const { accept } = config().matrix.encryption;
  const tell = (key: string, lines: readonly Line[], what: string): void => {
    needs.tell(`${key}/${clock.now()}`, lines).catch((error: unknown) => log.error({ err: error }, `${what} could not be told to the rooms`));
  };
  const identity = createIdentityKeeper({
    account,
    request: api.request,
    recoveryKey: needs.recoveryKey,
    clock,
    log,
    onTrouble: ({ found, remedy }) => tell("identity", [{ text: `🟡 ${found}.`, strong: true }, { text: remedy }], "a trouble of this device's identity"),
  });
  const verification = createVerification({ store, rooms, prompts: needs.prompts, clock, log, wakeSender: needs.wakeSender });
  const crypto = createCryptoPart({
    ...needs.keys,
    onReady: identity.onReady,
    onVerifications: (flows) => verification.observe(flows),
    api,
    store,
    account,
    device,
    clock,
    random,
    log,
    accept,
    mustBeEncrypted: (room) => demandsEncryption(config(), joined(), room),
    onKeys: needs.onKeys,
    onFault: (fault) => tell(fault.code, cryptoFaultLines(fault), "a fault of the encryption keys"),
  });
  return { accept, identity, verification, crypto };
}
