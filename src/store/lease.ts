/** The lease: one row, changed only under conditions, judged by the clock that all instances share. */
import type { Kysely } from "kysely";
import type { Backend } from "./backend.ts";
import { LeaseLost } from "./errors.ts";
import type { Tables } from "./schema.ts";
import type { Lease } from "./store.ts";
import { storable } from "./text.ts";

export interface FencedLease extends Lease {
  /** Within a transaction: makes sure that we hold the lease, and that nobody takes it over before the transaction ends. @throws LeaseLost */
  readonly fence: (tx: Kysely<Tables>) => Promise<void>;
}

interface Held {
  readonly owner: string;
  readonly generation: number;
}

/** @param change runs a transaction that writes */
export function createLease(backend: Backend, change: <T>(act: (tx: Kysely<Tables>) => Promise<T>) => Promise<T>): FencedLease {
  let held: Held | undefined;

  return {
    acquire: async (name, ttlMs) => {
      const owner = storable(name);
      const taken = await change(
        async (tx) =>
          await tx
            .updateTable("lease")
            .set((row) => ({ owner, generation: row("generation", "+", 1), expires_at: row(backend.sharedNow(), "+", ttlMs) }))
            // One's own name: the reply to an earlier asking was lost.
            .where((row) => row.or([row("owner", "is", null), row("owner", "=", owner), row("expires_at", "<=", backend.sharedNow())]))
            .returning("generation")
            .executeTakeFirst(),
      );
      if (taken === undefined) return undefined;
      held = { owner, generation: taken.generation };
      return taken.generation;
    },

    renew: async (ttlMs) => {
      const mine = held;
      if (mine === undefined) return false;
      const kept = await change(
        async (tx) =>
          await tx
            .updateTable("lease")
            .set((row) => ({ expires_at: row(backend.sharedNow(), "+", ttlMs) }))
            .where("generation", "=", mine.generation)
            .where("owner", "=", mine.owner)
            .returning("generation")
            .executeTakeFirst(),
      );
      return kept !== undefined;
    },

    release: async () => {
      const mine = held;
      if (mine === undefined) return;
      held = undefined;
      await change(
        async (tx) =>
          await tx.updateTable("lease").set({ owner: null, expires_at: 0 }).where("generation", "=", mine.generation).where("owner", "=", mine.owner).execute(),
      );
    },

    fence: async (tx) => {
      if (held === undefined) throw new LeaseLost("this instance does not hold the lease");
      const row = await tx
        .selectFrom("lease")
        .select(["owner", "generation"])
        .$if(backend.kind === "postgres", (query) => query.forShare())
        .executeTakeFirstOrThrow();
      if (row.generation === held.generation && row.owner === held.owner) return;
      throw new LeaseLost(`the lease was taken over: generation ${row.generation}${row.owner === null ? "" : ` by ${row.owner}`}, ours was ${held.generation}`);
    },
  };
}
