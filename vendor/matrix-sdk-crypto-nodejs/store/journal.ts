/**
 * Notes what a transaction of fake-indexeddb changes. The objects that fake-indexeddb hands out get methods of their own, so its classes, and whoever
 * else uses them, stay as they are. A change is noted when its request has succeeded; those of an aborted transaction are never asked for.
 */
import { serialize } from "node:v8";
import { fakeIndexedDb } from "../lazy.ts";
import type { Cursor, Index, Key, ObjectStore, Request, Transaction } from "./indexeddb-types.ts";

export type Change =
  | { readonly kind: "put"; readonly store: string; readonly key: Key; readonly value: Uint8Array }
  | { readonly kind: "delete"; readonly store: string; readonly key: Key }
  | { readonly kind: "clear"; readonly store: string };

export class Journal {
  readonly changes: Change[] = [];
  readonly #watched = new WeakSet();

  watch(transaction: Transaction): void {
    const open = transaction.objectStore.bind(transaction);
    transaction.objectStore = (name) => this.watchStore(open(name));
  }

  /** Of a transaction that is watched; also for a store that an upgrade has just made. */
  watchStore(store: ObjectStore): ObjectStore {
    if (!this.#first(store)) return store;
    for (const method of ["put", "add"] as const) {
      const write = store[method].bind(store);
      store[method] = (...given) => this.#noteValue(store.name, given[0], () => write(...given));
    }
    const remove = store.delete.bind(store);
    store.delete = (keyOrRange) => {
      const range = keyOrRange instanceof fakeIndexedDb().IDBKeyRange;
      const inRange = range ? store.getAllKeys(keyOrRange) : undefined;
      // What is no range is a key: fake-indexeddb throws on anything else.
      return this.#note(remove(keyOrRange), () => (inRange?.result ?? [keyOrRange as Key]).map((key): Change => ({ kind: "delete", store: store.name, key })));
    };
    const clear = store.clear.bind(store);
    store.clear = () => this.#note(clear(), () => [{ kind: "clear", store: store.name }]);
    const index = store.index.bind(store);
    store.index = (name) => this.#watchIndex(index(name), store.name);
    this.#watchCursors(store, store.name);
    return store;
  }

  #watchIndex(index: Index, store: string): Index {
    if (this.#first(index)) this.#watchCursors(index, store);
    return index;
  }

  #watchCursors(source: Pick<ObjectStore, "openCursor">, store: string): void {
    const open = source.openCursor.bind(source);
    source.openCursor = (...range) => {
      const request = open(...range);
      request.addEventListener("success", () => {
        if (request.result !== null) this.#watchCursor(request.result, store);
      });
      return request;
    };
  }

  #watchCursor(cursor: Cursor, store: string): void {
    if (!this.#first(cursor)) return;
    const update = cursor.update.bind(cursor);
    cursor.update = (value) => this.#noteValue(store, value, () => update(value));
    const remove = cursor.delete.bind(cursor);
    cursor.delete = () => {
      const key = cursor.primaryKey;
      return this.#note(remove(), () => [{ kind: "delete", store, key }]);
    };
  }

  #noteValue(store: string, given: unknown, write: () => Request<Key>): Request<Key> {
    const value = serialize(given); // now: the caller may change the object once the call has returned
    return this.#note(write(), (key) => [{ kind: "put", store, key, value }]);
  }

  #note<Result>(request: Request<Result>, changes: (result: Result) => readonly Change[]): Request<Result> {
    request.addEventListener("success", () => this.changes.push(...changes(request.result)));
    return request;
  }

  #first(object: object): boolean {
    if (this.#watched.has(object)) return false;
    this.#watched.add(object);
    return true;
  }
}
