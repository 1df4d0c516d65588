/** An IndexedDB whose data fake-indexeddb holds in memory, and whose every committed transaction goes into the file. */
import { deserialize } from "node:v8";
import { corrupt } from "../errors.ts";
import { fakeIndexedDb } from "../lazy.ts";
import type { CryptoFile, KeptDatabase } from "./crypto-file.ts";
import { completed, settled, type Database, type Factory, type Transaction } from "./indexeddb-types.ts";
import { Journal } from "./journal.ts";
import { newer } from "./open-file.ts";
import type { StoreShape } from "./schema.ts";

/** Reading this many records a transaction keeps memory low when there are many. */
const pageSize = 500;

/** Reads all that the file has. @throws CryptoStoreError */
export async function openIndexedDb(file: CryptoFile): Promise<Factory> {
  const factory = new (fakeIndexedDb().IDBFactory)();
  for (const database of file.databases()) await read(factory, file, database);

  const open = factory.open.bind(factory);
  factory.open = (name, version) => {
    const request = version === undefined ? open(name) : open(name, version);
    request.addEventListener("upgradeneeded", () => {
      if (request.transaction !== null) watchUpgrade(file, request.result, request.transaction);
    });
    request.addEventListener("success", () => watchDatabase(file, request.result));
    return request;
  };
  const remove = factory.deleteDatabase.bind(factory);
  factory.deleteDatabase = (name) => {
    const request = remove(name);
    request.addEventListener("success", () => file.forget(name));
    return request;
  };
  return factory;
}

function watchDatabase(file: CryptoFile, database: Database): void {
  const begin = database.transaction.bind(database);
  database.transaction = (stores, mode) => {
    const transaction = begin(stores, mode);
    if (mode === "readwrite") {
      const journal = new Journal();
      journal.watch(transaction);
      transaction.addEventListener("complete", () => file.write({ database: database.name, changes: journal.changes }));
    }
    return transaction;
  };
}

function watchUpgrade(file: CryptoFile, database: Database, transaction: Transaction): void {
  const journal = new Journal();
  journal.watch(transaction);
  const create = database.createObjectStore.bind(database);
  database.createObjectStore = (...given) => journal.watchStore(create(...given));
  transaction.addEventListener("complete", () =>
    file.write({ database: database.name, changes: journal.changes, shape: { version: database.version, stores: shapes(database) } }),
  );
}

function shapes(database: Database): readonly StoreShape[] {
  const names = [...database.objectStoreNames];
  if (names.length === 0) return [];
  const transaction = database.transaction(names, "readonly");
  return names.map((name) => {
    const store = transaction.objectStore(name);
    const indexes = [...store.indexNames].map((index) => {
      const { keyPath, unique, multiEntry } = store.index(index);
      return { name: index, keyPath, unique, multiEntry };
    });
    return { name, keyPath: store.keyPath, autoIncrement: store.autoIncrement, indexes };
  });
}

async function read(factory: Factory, file: CryptoFile, kept: KeptDatabase): Promise<void> {
  if (kept.version === 0) return; // made, and the process was gone before its stores were
  const request = factory.open(kept.name, kept.version);
  request.addEventListener("upgradeneeded", () => {
    for (const { name, keyPath, autoIncrement, indexes } of kept.stores) {
      const store = request.result.createObjectStore(name, keyPath === null ? { autoIncrement } : { keyPath, autoIncrement });
      for (const index of indexes) store.createIndex(index.name, index.keyPath, index);
    }
  });
  const database = await settled(request);
  const inline = new Set(kept.stores.filter((store) => store.keyPath !== null).map((store) => store.name));
  for (const page of file.records(kept, pageSize)) {
    const transaction = database.transaction([...new Set(page.map((record) => record.store))], "readwrite");
    for (const { store, key, value } of page) {
      const target = transaction.objectStore(store);
      const content = readValue(file.file, value);
      if (inline.has(store)) target.put(content);
      else target.put(content, key);
    }
    await completed(transaction);
  }
  database.close();
}

function readValue(file: string, value: Uint8Array): unknown {
  try {
    const content: unknown = deserialize(value);
    return content;
  } catch (error) {
    // The checksum was right: these bytes were written so, by a Node whose format this one does not know.
    throw error instanceof Error && /version/iu.test(error.message) ? newer(file, "a newer Node.js") : corrupt(file, "a value cannot be read", error);
  }
}

/** What the WebAssembly looks up by name, for as long as the process lives: classes only, which hold nothing. */
export function installClasses(): void {
  for (const [name, value] of Object.entries(fakeIndexedDb()))
    if (name.startsWith("IDB") && !(name in globalThis))
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true, enumerable: false });
}

/** Runs `work` with `factory` as the process's `indexedDB`. One at a time. */
export async function withIndexedDb<Result>(factory: Factory, work: () => Promise<Result>): Promise<Result> {
  installClasses();
  const before = Object.getOwnPropertyDescriptor(globalThis, "indexedDB");
  Object.defineProperty(globalThis, "indexedDB", { value: factory, configurable: true, writable: true, enumerable: false });
  try {
    return await work();
  } finally {
    if (before === undefined) Reflect.deleteProperty(globalThis, "indexedDB");
    else Object.defineProperty(globalThis, "indexedDB", before);
  }
}
