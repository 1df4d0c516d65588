/** One message a group and room, kept true. */
import type { Writes } from "../store/store.ts";
import type { AlertGroup, GroupChange } from "./group.ts";

export interface Living {
  /**
   * Saves `group` and queues what its rooms see of it, within the transaction: the message or its edit, lines in its thread.
   * @param log lines for the thread beside those that `changes` make: who acknowledged, who silenced
   */
  readonly show: (tx: Writes, group: AlertGroup, changes: readonly GroupChange[], log: readonly string[]) => Promise<void>;
  readonly load: (tx: Pick<Writes, "readGroup">, id: string) => Promise<AlertGroup | undefined>;
}

/** Outbox keys of everything that is said of alerts begin so; a group's message is `alert/<group>/<room>/<number>`. */
export const alertPrefix = "alert/";
