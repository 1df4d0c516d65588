/** How what Opsroom made is told from everything else. Pure. */
import { createHash } from "node:crypto";
import { field, textOf, textsOf } from "../../kubernetes/json.ts";

export const runLabel = "opsroom.dev/run";
const databaseLabel = "cnpg.io/cluster";

/** From what caused it, such as the event of a command: the same cause is the same run. Ten letters and digits, good for names. */
export function runIdOf(cause: string): string {
  return createHash("sha256").update(cause).digest("hex").slice(0, 10);
}

export function labelsOf(run: string): Readonly<Record<string, string>> {
  return { "app.kubernetes.io/managed-by": "opsroom", [runLabel]: run };
}

/** `drill-shared-pg-0a1b2c3d4e`: 50 characters at most, as CloudNativePG wants it of a Cluster. */
export function nameOfRun(kind: "opsroom" | "drill", database: string, run: string): string {
  const middle = database
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/gu, "-")
    .slice(0, 30)
    .replace(/-+$/u, "");
  return `${kind}-${middle}-${run}`;
}

/** Whose run an object is of: by our label, or, for what the operator made, by the name of the throw-away cluster. `undefined` for what is nobody's. */
export function runOf(object: unknown): string | undefined {
  const labels = textsOf(field(field(object, "metadata"), "labels"));
  return labels[runLabel] ?? /^drill-.*-([0-9a-f]{10})$/u.exec(labels[databaseLabel] ?? "")?.[1];
}

/**
 * Whether a `Cluster` is the throw-away copy of a drill: nobody's database, however it is backed up. By its name too, so that one that somebody made of a copy's
 * manifest, labels and all, is not overlooked.
 */
export function isCopy(object: unknown): boolean {
  const run = runOf(object);
  const name = nameIn(object) ?? "";
  return run !== undefined && name.startsWith("drill-") && name.endsWith(`-${run}`);
}

export function nameIn(object: unknown): string | undefined {
  return textOf(field(field(object, "metadata"), "name"));
}
