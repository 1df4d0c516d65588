/** Secrets that a configuration names: found, and given other names, wherever they stand in it. Pure. */
import { isObject } from "../../json.ts";
import { isList } from "../../kubernetes/json.ts";

/** One Secret of the source's namespace. */
export interface SecretUse {
  readonly name: string;
  /** The keys that are used; `all` for one that is used as a whole. */
  readonly keys: readonly string[] | "all";
}

const deepest = 12;
/** A reference of the same shape, to something else. */
const configMap = "configMapKeyRef";

/** Each `{name, key}` is one: `s3Credentials.accessKeyId`, `endpointCA`, an environment variable's `secretKeyRef`. */
export function secretsIn(value: unknown): readonly SecretUse[] {
  const found = new Map<string, Set<string>>();
  walk(value, 0, ({ name, key }) => found.set(name, (found.get(name) ?? new Set<string>()).add(key)));
  return [...found].map(([name, keys]) => ({ name, keys: [...keys].toSorted() }));
}

/** The same, with other names for the Secrets. */
export function withSecretsNamed(value: unknown, rename: (name: string) => string, depth = 0): unknown {
  if (depth > deepest) return value;
  if (isList(value)) return value.map((each) => withSecretsNamed(each, rename, depth + 1));
  if (!isObject(value)) return value;
  if (isReference(value)) return { ...value, name: rename(value.name) };
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, key === configMap ? each : withSecretsNamed(each, rename, depth + 1)]));
}

interface Reference extends Readonly<Record<string, unknown>> {
  readonly name: string;
  readonly key: string;
}

function walk(value: unknown, depth: number, onFound: (reference: Reference) => void): void {
  if (depth > deepest) return;
  if (isList(value)) for (const each of value) walk(each, depth + 1, onFound);
  else if (isObject(value)) {
    if (isReference(value)) onFound(value);
    else for (const [key, each] of Object.entries(value)) if (key !== configMap) walk(each, depth + 1, onFound);
  }
}

function isReference(value: Readonly<Record<string, unknown>>): value is Reference {
  return typeof value["name"] === "string" && typeof value["key"] === "string";
}
