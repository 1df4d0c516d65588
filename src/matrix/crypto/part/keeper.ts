/** Opens the machine when it is first needed, once; says what keeps it from being opened, and tries again what heals by itself. */
import type { Clock } from "../../../clock.ts";
import type { OpsroomError } from "../../../errors.ts";
import type { DeviceId, UserId } from "../../../ids.ts";
import type { Log } from "../../../observe/log.ts";
import type { Store } from "../../../store/store.ts";
import type { CryptoMachine } from "../machine/machine.ts";
import { noDevice, otherKeys, storeFault } from "./faults.ts";

export interface KeeperNeeds {
  readonly store: Pick<Store, "read" | "write">;
  readonly account: UserId;
  /** The access token's. */
  readonly device: DeviceId | undefined;
  /** Opens the store of keys. @throws CryptoStoreError, OpsroomError */
  readonly openMachine: (user: UserId, device: DeviceId) => Promise<CryptoMachine>;
  /** For saying where it is. */
  readonly folder: string | undefined;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
  /** Told of each fault once, until it is mended. */
  readonly onFault: (fault: OpsroomError) => void;
  /** Told whenever it was opened. */
  readonly onOpened: () => void;
}

export type Standing =
  { readonly kind: "idle" } | { readonly kind: "open"; readonly machine: CryptoMachine } | { readonly kind: "broken"; readonly fault: OpsroomError };

export interface Keeper {
  readonly standing: () => Standing;
  /** @throws OpsroomError */
  readonly open: () => Promise<CryptoMachine>;
  /** Runs `act` with the machine. A fault of the store closes it, so that the next use opens it anew. @throws OpsroomError and what `act` throws */
  readonly use: <T>(act: (machine: CryptoMachine) => Promise<T>) => Promise<T>;
  /** Nothing is done with it any more until the next start. */
  readonly breakOff: (fault: OpsroomError) => Promise<void>;
  readonly close: () => Promise<void>;
}

const retryAfterMs = 5000;

export function createKeeper(needs: KeeperNeeds): Keeper {
  const { clock, log, onFault, onOpened } = needs;
  let standing: Standing = { kind: "idle" };
  let opening: Promise<CryptoMachine> | undefined;
  let retryAt = 0;
  let closed = false;

  const fail = (fault: OpsroomError): void => {
    const said = standing.kind === "broken" && standing.fault.code === fault.code;
    standing = { kind: "broken", fault };
    retryAt = clock.now() + retryAfterMs;
    if (said) return;
    log.error({ code: fault.code, remedy: fault.remedy }, fault.message);
    onFault(fault);
  };
  const attempt = async (): Promise<CryptoMachine> => {
    try {
      const machine = await openChecked(needs);
      standing = { kind: "open", machine };
      log.info({ device: machine.device, key: machine.keys.ed25519 }, "the encryption keys are open");
      onOpened();
      return machine;
    } catch (error) {
      const fault = await storeFault(error);
      if (fault === undefined) throw error;
      fail(fault);
      throw fault;
    } finally {
      opening = undefined;
    }
  };
  const open: Keeper["open"] = async () => {
    if (closed) throw new Error("the encryption keys were closed");
    if (standing.kind === "open") return standing.machine;
    if (standing.kind === "broken" && (standing.fault.kind === "stalled" || clock.now() < retryAt)) throw standing.fault;
    opening ??= attempt();
    return await opening;
  };
  const breakOff: Keeper["breakOff"] = async (fault) => {
    const machine = standing.kind === "open" ? standing.machine : undefined;
    fail(fault);
    await machine?.close().catch((error: unknown) => log.warn({ err: error }, "the encryption keys could not be closed"));
  };

  return {
    standing: () => standing,
    open,
    use: async (act) => {
      const machine = await open();
      try {
        return await act(machine);
      } catch (error) {
        const fault = await storeFault(error);
        if (fault === undefined) throw error;
        if (standing.kind === "open" && standing.machine === machine) await breakOff(fault);
        throw fault;
      }
    },
    breakOff,
    close: async () => {
      closed = true;
      await opening?.catch(() => undefined);
      if (standing.kind === "open") await standing.machine.close();
      standing = { kind: "idle" };
    },
  };
}

/** Keys that are new though the database knows others must not be uploaded: the old ones may be found again. */
async function openChecked({ store, account, device, openMachine, folder }: KeeperNeeds): Promise<CryptoMachine> {
  if (device === undefined) throw noDevice();
  const machine = await openMachine(account, device);
  try {
    const known = await store.read.cryptoDevice();
    const { ed25519 } = machine.keys;
    if (known?.user === account && known.device === device) {
      if (known.ed25519 !== ed25519) throw otherKeys(folder);
    } else await store.write((tx) => tx.saveCryptoDevice({ user: account, device, ed25519 }));
    return machine;
  } catch (error) {
    await machine.close();
    throw error;
  }
}
