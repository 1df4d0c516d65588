/** The part of IndexedDB that is used here. (The DOM's own types are not in a program for Node, and fake-indexeddb's rest on them.) */

export type Key = string | number | readonly Key[];

export interface Request<Result> {
  readonly result: Result;
  readonly error: Error | null;
  addEventListener(type: "success" | "error" | "upgradeneeded", listener: () => void): void;
}

export interface OpenRequest extends Request<Database> {
  readonly transaction: Transaction | null;
}

export interface Transaction {
  readonly mode: "readonly" | "readwrite" | "versionchange";
  readonly error: Error | null;
  objectStore(name: string): ObjectStore;
  addEventListener(type: "complete" | "abort" | "error", listener: () => void): void;
}

export interface IndexOptions {
  readonly unique: boolean;
  readonly multiEntry: boolean;
}

export interface Index extends IndexOptions {
  readonly keyPath: string | readonly string[];
  openCursor(...range: unknown[]): Request<Cursor | null>;
}

export interface ObjectStore {
  readonly name: string;
  readonly keyPath: string | readonly string[] | null;
  readonly autoIncrement: boolean;
  readonly indexNames: Iterable<string>;
  put(value: unknown, key?: Key): Request<Key>;
  add(value: unknown, key?: Key): Request<Key>;
  delete(keyOrRange: unknown): Request<undefined>;
  clear(): Request<undefined>;
  getAllKeys(range: unknown): Request<readonly Key[]>;
  openCursor(...range: unknown[]): Request<Cursor | null>;
  index(name: string): Index;
  createIndex(name: string, keyPath: string | readonly string[], options: IndexOptions): Index;
}

export interface Cursor {
  readonly primaryKey: Key;
  update(value: unknown): Request<Key>;
  delete(): Request<undefined>;
}

export interface Database {
  readonly name: string;
  readonly version: number;
  readonly objectStoreNames: Iterable<string>;
  transaction(stores: string | readonly string[], mode: Transaction["mode"]): Transaction;
  createObjectStore(name: string, options?: { readonly keyPath?: string | readonly string[]; readonly autoIncrement?: boolean }): ObjectStore;
  close(): void;
}

export interface Factory {
  open(name: string, version?: number): OpenRequest;
  deleteDatabase(name: string): Request<undefined>;
}

export interface FakeIndexedDb extends Readonly<Record<string, unknown>> {
  readonly IDBFactory: new () => Factory;
  readonly IDBKeyRange: abstract new (...parts: never) => object;
}

export const settled = <Result>(request: Request<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error ?? new Error("an IndexedDB request failed")));
  });

export const completed = (transaction: Transaction): Promise<void> =>
  new Promise((resolve, reject) => {
    transaction.addEventListener("complete", () => resolve());
    transaction.addEventListener("abort", () => reject(transaction.error ?? new Error("an IndexedDB transaction was aborted")));
  });
