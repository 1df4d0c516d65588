import { expect, test } from "vitest";
import { BatcherFull, createBatcher } from "../../../../src/alerts/intake/batch.ts";

/** A commit that ends when it is told to. */
function slowCommit() {
  const batches: (readonly number[])[] = [];
  const ends: { readonly resolve: (fresh: number) => void; readonly reject: (error: Error) => void }[] = [];
  const commit = (items: readonly number[]): Promise<number> => {
    batches.push(items);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    ends.push({ resolve, reject });
    return promise;
  };
  return { batches, ends, commit };
}

/** Long enough for a commit to begin: it lets in what has arrived first. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test("what arrives during a commit is in the next one, and each is answered after its own", async () => {
  const { batches, ends, commit } = slowCommit();
  const { add } = createBatcher({ commit, atOnce: 200, waiting: 1000 });
  const answered: number[] = [];
  const adding = async (item: number): Promise<void> => {
    await add(item);
    answered.push(item);
  };
  const first = adding(1);
  await settle();
  const others = [adding(2), adding(3)];
  ends[0]?.resolve(1);
  await first;
  const afterFirst = [...answered];
  await settle();
  ends[1]?.resolve(2);
  await Promise.all(others);

  expect(batches).toEqual([[1], [2, 3]]);
  expect(afterFirst).toEqual([1]);
  expect(answered).toEqual([1, 2, 3]);
});

test("a commit has at most so many", async () => {
  const batches: number[] = [];
  const { add } = createBatcher<number>({
    commit: async (items) => {
      batches.push(items.length);
      return items.length;
    },
    atOnce: 200,
    waiting: 1000,
  });

  await Promise.all(Array.from({ length: 500 }, (_, item) => add(item)));

  expect(batches).toEqual([200, 200, 100]);
});

test("a commit that fails fails its own only; the next goes on", async () => {
  const { ends, commit } = slowCommit();
  const { add } = createBatcher({ commit, atOnce: 1, waiting: 1000 });
  const [first, second] = [add(1), add(2)];
  await settle();
  ends[0]?.reject(new Error("disk full"));
  await expect(first).rejects.toThrow("disk full");
  await settle();
  ends[1]?.resolve(1);

  await expect(second).resolves.toEqual({ items: 1, fresh: 1 });
});

test("a commit that throws at once is no other", async () => {
  const { add } = createBatcher<number>({
    commit: () => {
      throw new Error("no");
    },
    atOnce: 1,
    waiting: 1,
  });

  await expect(add(1)).rejects.toThrow("no");
  await expect(add(2)).rejects.toThrow("no");
});

test("too many that wait are refused, those before are kept", async () => {
  const { ends, commit } = slowCommit();
  const { add } = createBatcher({ commit, atOnce: 10, waiting: 2 });
  const kept = [add(1)];
  await settle();
  kept.push(add(2), add(3));

  await expect(add(4)).rejects.toThrow(BatcherFull);
  ends[0]?.resolve(1);
  await settle();
  ends[1]?.resolve(2);
  await expect(Promise.all(kept)).resolves.toHaveLength(3);
});
