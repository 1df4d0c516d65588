/** Load on the webhook from another process. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as z from "zod";

export interface Order {
  readonly port: number;
  readonly secret: string;
  readonly perSecond: number;
  readonly seconds: number;
  readonly groups: number;
  /** What the groups' names begin with; `NAME7x` is the eighth. */
  readonly name: string;
}

const reportShape = z.object({ took: z.array(z.number()), retries: z.number(), refused: z.number(), seconds: z.number() });
/** Milliseconds of each answer; of those tried again the last try. */
export type Report = Readonly<z.output<typeof reportShape>>;

const run = promisify(execFile);

/** The newest state of a group has the largest number: {@link newestOf}. */
export async function load(order: Order): Promise<Report> {
  const { stdout } = await run(process.execPath, ["bench/sender.ts", JSON.stringify(order)], {
    maxBuffer: 64 * 2 ** 20,
    timeout: (order.seconds + 240) * 1000,
  });
  return reportShape.parse(JSON.parse(stdout));
}

/** By group, the number that it must show in the end. */
export function newestOf({ perSecond, seconds, groups, name }: Order): ReadonlyMap<string, number> {
  const last = new Map<string, number>();
  for (let at = 0; at < perSecond * seconds; at += 1) last.set(`${name}${at % groups}x`, at);
  return last;
}
