/** Group commit: what arrives while one transaction is under way is kept together in the next, so that the disk is waited for once for all of it. */

export interface Batcher<Item> {
  /** Resolves once the item is kept. @throws whatever its commit threw; {@link BatcherFull} when too many wait */
  readonly add: (item: Item) => Promise<Kept>;
}

/** How the transaction went that an item was in. */
export interface Kept {
  readonly items: number;
  /** The others were copies. */
  readonly fresh: number;
}

export class BatcherFull extends Error {
  constructor(waiting: number) {
    super(`${waiting} deliveries wait to be written`);
    this.name = "BatcherFull";
  }
}

export interface BatcherOptions<Item> {
  /** Keeps all or nothing; answers how many were new. */
  readonly commit: (items: readonly Item[]) => Promise<number>;
  readonly atOnce: number;
  readonly waiting: number;
}

interface Waiting<Item> {
  readonly item: Item;
  readonly resolve: (kept: Kept) => void;
  readonly reject: (error: unknown) => void;
}

export function createBatcher<Item>({ commit, atOnce, waiting: mostWaiting }: BatcherOptions<Item>): Batcher<Item> {
  let waiting: Waiting<Item>[] = [];
  let running = false;

  const run = async (): Promise<void> => {
    running = true;
    while (waiting.length > 0) {
      // A commit may block (SQLite's does): what has arrived by now is let in first, or every batch would be one.
      await new Promise((resolve) => setImmediate(resolve));
      const batch = waiting.slice(0, atOnce);
      waiting = waiting.slice(atOnce);
      try {
        const fresh = await commit(batch.map((each) => each.item));
        for (const each of batch) each.resolve({ items: batch.length, fresh });
      } catch (error) {
        for (const each of batch) each.reject(error);
      }
    }
    running = false;
  };

  return {
    add: async (item) => {
      if (waiting.length >= mostWaiting) throw new BatcherFull(waiting.length);
      const { promise, resolve, reject } = Promise.withResolvers<Kept>();
      waiting.push({ item, resolve, reject });
      // Whoever finds nothing under way commits; `run` never rejects.
      if (!running) void run();
      return promise;
    },
  };
}
