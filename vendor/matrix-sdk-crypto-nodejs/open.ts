/** Opens a device's machine: its keys in a folder, or in memory only. */
import { join } from "node:path";
import type { OlmMachine as Machine, StoreHandle } from "@matrix-org/matrix-sdk-crypto-wasm" with { "resolution-mode": "require" };
import { closed, corrupt } from "./errors.ts";
import { startWasm, type Wasm } from "./lazy.ts";
import { CryptoFile } from "./store/crypto-file.ts";
import { openIndexedDb, withIndexedDb } from "./store/indexeddb.ts";
import { newer, passphraseFault } from "./store/open-file.ts";
import { storeFileName } from "./store/schema.ts";
import { Turns } from "./store/turns.ts";

export interface OpenOptions {
  readonly user: string;
  readonly device: string;
  /** Made when it is not there, for the owner only. `undefined`: in memory, gone with the process. */
  readonly folder: string | undefined;
  /** Encrypts the values in the file. Names of rooms and devices are hashed then; ids of users whose devices are followed are not. */
  readonly passphrase?: string;
}

/** The machine, and the only way to use it safely. */
export interface OpenMachine {
  readonly wasm: Wasm;
  /** For what only reads memory: `identityKeys`, verification objects. Everything else goes through {@link run}. */
  readonly machine: Machine;
  /**
   * Runs `work` alone, in the order of asking, with all that it stores in one transaction that is on disk before this settles.
   * `work` must not wait for anything that another `run` has to do.
   * @throws CryptoStoreError (`unusable`: open again; `closed`) and what `work` throws
   */
  readonly run: <Result>(work: (machine: Machine) => Promise<Result>) => Promise<Result>;
  /** After what was asked for before. Gives the lock back. */
  readonly close: () => Promise<void>;
}

/** @throws CryptoStoreError, TypeError (an id that is none) */
export async function openMachine({ user, device, folder, passphrase }: OpenOptions): Promise<OpenMachine> {
  if (passphrase === "") throw new TypeError("an empty passphrase protects nothing");
  const wasm = await startWasm();
  if (folder === undefined) return inMemory(wasm, user, device);
  const file = new CryptoFile(join(folder, storeFileName), { user, device }, passphrase === undefined ? "none" : "passphrase");
  try {
    const machine = await file.transaction(() => initialise(wasm, file, { user, device, passphrase }));
    let closing: Promise<void> | undefined;
    return {
      wasm,
      machine,
      run: (work) => file.transaction(() => work(machine)),
      close: () => (closing ??= file.close().then(() => machine.close())),
    };
  } catch (error) {
    file.abandon();
    throw error;
  }
}

/** The WebAssembly looks up `indexedDB` in the process's globals, so two are never opened at the same time. */
const opening = new Turns();

async function initialise(
  wasm: Wasm,
  file: CryptoFile,
  { user, device, passphrase }: Omit<OpenOptions, "folder" | "passphrase"> & { passphrase: string | undefined },
): Promise<Machine> {
  const factory = await openIndexedDb(file);
  return opening.take(() =>
    withIndexedDb(factory, async () => {
      const store = await openHandle(wasm, file, passphrase);
      try {
        return await wasm.OlmMachine.initFromStore(new wasm.UserId(user), new wasm.DeviceId(device), store, quiet);
      } catch (error) {
        throw corrupt(file.file, "the account in it cannot be read", error);
      }
    }),
  );
}

async function openHandle(wasm: Wasm, file: CryptoFile, passphrase: string | undefined): Promise<StoreHandle> {
  try {
    return await wasm.StoreHandle.open("crypto", passphrase, quiet);
  } catch (error) {
    const text = describe(error);
    if (/version/iu.test(text)) throw newer(file.file, "a newer matrix-sdk-crypto");
    if (passphrase !== undefined) throw passphraseFault(`The passphrase does not open the store of encryption keys ${file.file}.`, error);
    throw corrupt(file.file, "its contents cannot be read", error);
  }
}

async function inMemory(wasm: Wasm, user: string, device: string): Promise<OpenMachine> {
  const machine = await wasm.OlmMachine.initialize(new wasm.UserId(user), new wasm.DeviceId(device), undefined, undefined, quiet);
  const turns = new Turns();
  let open = true;
  return {
    wasm,
    machine,
    run: (work) =>
      turns.take(async () => {
        if (!open) throw closed("in memory");
        return work(machine);
      }),
    close: () =>
      turns.take(async () => {
        if (open) machine.close();
        open = false;
      }),
  };
}

/** What it rejects with is not always an Error. */
const describe = (thrown: unknown): string => (thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown));

const silent = (): void => undefined;
/** Its log is for its developers, and lists ids of rooms and users; what matters to an operator is thrown or returned. */
const quiet = { debug: silent, info: silent, warn: silent, error: silent };
