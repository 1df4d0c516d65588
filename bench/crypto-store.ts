/** Fills a store of keys. */
import { crc32 } from "node:zlib";
import Database from "better-sqlite3";

/** Copies the records of the inbound sessions that it has under other names, until there are `count`. Nobody may have it open. */
export function fillSessions(file: string, count: number): void {
  const database = new Database(file);
  const rows = database
    .prepare<[], { db: number; store: string; key: string; value: Buffer }>(
      "SELECT db, store, key, value FROM idb_record WHERE store LIKE 'inbound_group_sessions%'",
    )
    .all();
  const insert = database.prepare("INSERT INTO idb_record (db, store, key, value, crc) VALUES (?, ?, ?, ?, ?)");
  database.transaction(() => {
    for (let n = rows.length; n < count; n += 1) {
      const row = rows[n % rows.length];
      if (row === undefined) continue;
      const key = row.key.replace(/"$/u, `-${n}"`);
      insert.run(row.db, row.store, key, row.value, crc32(row.value, crc32(`${row.store}\0${key}`)));
    }
  })();
  database.close();
}
