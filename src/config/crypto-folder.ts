/** Where a device's keys are kept. */
import { dirname, join } from "node:path";
import type { Config } from "./schema/root.ts";

/** As configured, or beside the SQLite file; `undefined` when neither tells. */
export function cryptoFolder({ matrix, store }: Pick<Config, "matrix" | "store">): string | undefined {
  return matrix.encryption.folder ?? (store.kind === "sqlite" ? join(dirname(store.file), "crypto") : undefined);
}
