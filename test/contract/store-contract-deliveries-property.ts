import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { DeliveryRecord } from "../../src/store/alert-store.ts";
import { DeliveriesFull } from "../../src/store/errors.ts";
import { acting, start, type StoreBed } from "./store-bed.ts";

/** Groups, states and senders are few, so that they meet in every way. */
type Act =
  | { readonly kind: "bring"; readonly batch: readonly { readonly group: number; readonly state: number; readonly sender: number }[] }
  | { readonly kind: "later"; readonly ms: number }
  | { readonly kind: "work off"; readonly count: number };

const few = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });
const acts: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("bring" as const),
      batch: fc.array(fc.record({ group: few(1), state: few(2), sender: few(2) }), { maxLength: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("later" as const), ms: fc.constantFrom(1, 20_000, 31_000, 200_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("work off" as const), count: few(4) }) },
);

const copyWindowMs = 120_000;
const lagMs = 30_000;
const limit = 12;

export function deliveriesPropertyContract(bed: () => StoreBed): void {
  test("whatever is brought by whom and when, what is kept is what a plain list of all that was ever said gives", { timeout: 60_000 }, async () => {
    const store = await acting(bed());
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(acts, { maxLength: 20 }), async (sequence) => {
        runs += 1;
        const run = `run${runs}`;
        const model = plainList();
        const pending = async () => await store.read.pendingDeliveries(1000);
        const answers: { readonly store: unknown; readonly model: unknown }[] = [];
        let now = start;
        for (const act of sequence) {
          switch (act.kind) {
            case "later":
              now += act.ms;
              break;
            case "work off": {
              const seqs = (await pending()).slice(0, act.count).map((each) => each.seq);
              await store.write((tx) => tx.finishDeliveries(seqs, now));
              model.workOff(act.count);
              break;
            }
            case "bring": {
              const batch = act.batch.map(({ group, state, sender }) => ({
                key: `${run}/${group}/${state}`,
                sender: `s${sender}`,
                group: `${run}/${group}`,
                receivedAt: now,
                body: "{}",
              }));
              const kept = store.acceptDeliveries(batch, { copyWindowMs, limit }).catch((error: unknown) => (error instanceof DeliveriesFull ? "full" : error));
              answers.push({ store: await kept, model: model.bring(batch) });
              break;
            }
          }
          expect((await pending()).map((each) => each.key)).toEqual(model.pending());
        }
        expect(answers.map((each) => each.store)).toEqual(answers.map((each) => each.model));
        const rest = (await pending()).map((each) => each.seq);
        await store.write((tx) => tx.finishDeliveries(rest, now));
      }),
      { numRuns: 100 },
    );
  });
}

interface Kept {
  readonly record: DeliveryRecord;
  pending: boolean;
}

/** The rules, without a thought of speed: everything is kept in one list, and looked through from its end. */
function plainList() {
  let kept: Kept[] = [];
  let saidLast = new Map<string, Kept>();
  const copyOf = (record: DeliveryRecord): Kept | undefined => {
    const same = kept.findLast((each) => each.record.key === record.key);
    if (same === undefined) return undefined;
    const after = kept.slice(kept.indexOf(same) + 1).filter((each) => each.record.group === record.group);
    const last = saidLast.get(`${record.group} ${record.sender}`);
    if (last === same) return same.pending && after.length === 0 ? same : undefined;
    if (last !== undefined && after.includes(last)) return undefined;
    if (after[0] !== undefined && record.receivedAt - after[0].record.receivedAt > lagMs) return undefined;
    return same.pending || record.receivedAt - same.record.receivedAt <= copyWindowMs ? same : undefined;
  };
  return {
    bring: (batch: readonly DeliveryRecord[]): number | "full" => {
      const before = { kept: [...kept], saidLast: new Map(saidLast) };
      for (const record of batch) {
        const known = copyOf(record);
        const stands = known ?? { record, pending: true };
        if (known === undefined) kept.push(stands);
        saidLast.set(`${record.group} ${record.sender}`, stands);
      }
      const fresh = kept.length - before.kept.length;
      if (fresh === 0 || kept.filter((each) => each.pending).length <= limit) return fresh;
      ({ kept, saidLast } = before);
      return "full";
    },
    workOff: (count: number): void => {
      for (const each of kept.filter(({ pending }) => pending).slice(0, count)) each.pending = false;
    },
    pending: (): readonly string[] => kept.filter(({ pending }) => pending).map(({ record }) => record.key),
  };
}
