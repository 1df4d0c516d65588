/** A store whose process can be killed at any of its writes: before it, within it (nothing is kept), or after it (kept, and never told). */
import type { Store } from "../../src/store/store.ts";

export const deaths = ["before", "within", "after"] as const;
export type Death = (typeof deaths)[number];

export class Killed extends Error {}

export interface KillableStore {
  readonly store: Store;
  /** @param writes that go well before it happens */
  readonly killAt: (writes: number, death: Death) => void;
}

/** @param onCommit runs after each write that was kept, also after one that nobody was told of */
export function killableStore(real: Store, onCommit: () => Promise<void>): KillableStore {
  let left = Number.POSITIVE_INFINITY;
  let death: Death = "before";
  let dead = false;
  const die = (): never => {
    dead = true;
    throw new Killed("killed");
  };
  return {
    killAt: (writes, how) => {
      left = writes;
      death = how;
    },
    store: {
      ...real,
      write: async (change) => {
        const last = left <= 0;
        left -= 1;
        if (dead || (last && death === "before")) return die();
        const result = await real.write(async (tx) => {
          const made = await change(tx);
          return last && death === "within" ? die() : made;
        });
        await onCommit();
        return last ? die() : result;
      },
    },
  };
}
