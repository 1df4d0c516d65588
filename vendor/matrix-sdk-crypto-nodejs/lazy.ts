/**
 * The heavy packages, loaded when first asked for: a bot in unencrypted rooms imports matrix-bot-sdk, and so this package, and pays for none of them.
 * By `require` throughout: the WebAssembly package keeps one instance for `require` and another for `import`, and objects of the two do not mix.
 */
import { createRequire } from "node:module";
import type * as WasmModule from "@matrix-org/matrix-sdk-crypto-wasm" with { "resolution-mode": "require" };
import type SqliteModule from "better-sqlite3";
import type { FakeIndexedDb } from "./store/indexeddb-types.ts";

const load = createRequire(import.meta.url);

export type Wasm = typeof WasmModule;
export type Sqlite = typeof SqliteModule;

/** Its code instantiates on first use, then synchronously; {@link startWasm} does it without blocking. */
export const wasm = (): Wasm => load("@matrix-org/matrix-sdk-crypto-wasm") as Wasm;
export const fakeIndexedDb = (): FakeIndexedDb => load("fake-indexeddb") as FakeIndexedDb;
export const sqlite = (): Sqlite => load("better-sqlite3") as Sqlite;

export async function startWasm(): Promise<Wasm> {
  const loaded = wasm();
  await loaded.initAsync();
  return loaded;
}
