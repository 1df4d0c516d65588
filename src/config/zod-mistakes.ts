/** zod's issues as mistakes: with a line, what was found, and the nearest key or value. */
import type { core } from "zod";
import { nearest } from "../chat/nearest.ts";
import { showFound } from "./found.ts";
import { keysAllowedAt, makeJsonSchema } from "./json-schema.ts";
import { looksSecret } from "./looks-secret.ts";
import type { Mistake } from "./mistake.ts";
import { showPath, type Path } from "./path.ts";
import type { YamlFile } from "./yaml.ts";

/** Nobody reads more, and the file is somebody's log or disk image by then. */
const mostMistakes = 100;

/** In the order of zod, which is not that of the file. */
export function mistakesOf(issues: readonly core.$ZodIssue[], file: YamlFile): readonly Mistake[] {
  return issues.slice(0, mostMistakes).flatMap((issue) => mistakesOfIssue(issue, [], file));
}

function mistakesOfIssue(issue: core.$ZodIssue, base: Path, file: YamlFile): readonly Mistake[] {
  const path = [...base, ...issue.path.map((segment) => (typeof segment === "symbol" ? String(segment) : segment))];
  const at = { path: showPath(path), line: file.lineOf(path) };
  if (issue.code === "unrecognized_keys") return issue.keys.slice(0, mostMistakes).map((key) => unknownKey([...path, key], file));
  if (issue.code === "invalid_key") return [{ ...at, found: `the key ${showKey(path)}`, allowed: issue.issues[0]?.message ?? issue.message }];
  if (issue.code === "invalid_union") return mistakesOfUnion(issue, path, file);
  const value = valueAt(file.value, path);
  const meant = issue.code === "invalid_value" && typeof value === "string" ? nearest(value, issue.values.map(String)) : undefined;
  const found = showFound(value, path, issue.code !== "invalid_type");
  return [{ ...at, found, allowed: issue.message, ...(meant === undefined ? {} : { nearest: meant }) }];
}

/** Of a mapping, the mistakes within the form it nearly has; else what each form would be. */
function mistakesOfUnion(issue: core.$ZodIssueInvalidUnion, path: Path, file: YamlFile): readonly Mistake[] {
  const branch = issue.errors.find((issues) => issues.every((each) => each.path.length > 0 || each.code === "unrecognized_keys"));
  if (branch !== undefined) return branch.flatMap((each) => mistakesOfIssue(each, path, file));
  const found = showFound(valueAt(file.value, path), path, true);
  const allowed = issue.errors.map((issues) => issues[0]?.message ?? issue.message).join(", or ");
  return [{ path: showPath(path), line: file.lineOf(path), found, allowed }];
}

function unknownKey(path: Path, file: YamlFile): Mistake {
  const allowed = keysAllowedAt(makeJsonSchema(), path.slice(0, -1));
  const meant = nearest(String(path.at(-1)), allowed);
  return {
    path: showPath(path),
    line: file.lineOf(path),
    found: `the unknown key ${showKey(path)}`,
    allowed: allowed.join(", "),
    ...(meant === undefined ? {} : { nearest: meant }),
  };
}

function showKey(path: Path): string {
  const key = String(path.at(-1));
  return looksSecret(key) ? "(it looks like a secret)" : JSON.stringify(key.slice(0, 100));
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, segment) => {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, segment)) return undefined;
    return Reflect.get(at, segment);
  }, value);
}
