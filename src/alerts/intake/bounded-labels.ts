/** Labels and annotations as a source sends them: text by name, and not more of it than a room can use. */
import { createHash } from "node:crypto";
import type { Labels } from "../delivery.ts";
import { isObject } from "../../json.ts";

const mostLabels = 64;
const mostAnnotations = 64;
const longestName = 256;
const longestValue = 4096;
/** Of the annotations of one alert, names and values together. */
const annotationBudget = 16 * 1024;

/** Kept when there are too many. */
const wantedLabels = ["alertname", "severity", "namespace", "instance", "job", "pod", "node", "cluster"];
const wantedAnnotations = ["summary", "message", "description", "runbook_url", "dashboard_url", "dashboard"];

/** All that are text, a number or true/false; names that are too long are dropped, since half a name is another name. */
export function textsIn(value: unknown): Labels {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]) => {
      if (name.length > longestName) return [];
      if (typeof each === "string") return [[name, each]];
      return typeof each === "number" || typeof each === "boolean" ? [[name, String(each)]] : [];
    }),
  );
}

/** 64 at most: those that everybody uses and `wanted` first, the rest in their order. */
export function boundLabels(labels: Labels, wanted: readonly string[] = []): Labels {
  const all = Object.keys(labels);
  const names = all.length <= mostLabels ? all : wantedFirst(all, [...wantedLabels, ...wanted]).slice(0, mostLabels);
  return Object.fromEntries(names.map((name) => [name, cut(labels[name] ?? "", longestValue)]));
}

/** 16 KiB at most, what says most first. */
export function boundAnnotations(annotations: Labels): Labels {
  let left = annotationBudget;
  const kept: (readonly [string, string])[] = [];
  for (const name of wantedFirst(Object.keys(annotations), wantedAnnotations).slice(0, mostAnnotations)) {
    const value = cut(annotations[name] ?? "", Math.min(longestValue, Math.max(0, left - name.length)));
    if (name.length + value.length > left) continue;
    left -= name.length + value.length;
    kept.push([name, value]);
  }
  return Object.fromEntries(kept);
}

function wantedFirst(names: readonly string[], wanted: readonly string[]): readonly string[] {
  const ahead = wanted.filter((name) => names.includes(name));
  return [...new Set([...ahead, ...names])];
}

/** At most `most` UTF-16 units; never half a character. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  return most < 1 ? "" : `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/u, "")}…`;
}

/** What is the same in all. */
export function commonTo(all: readonly Labels[]): Labels {
  const [first = {}, ...rest] = all;
  return Object.fromEntries(Object.entries(first).filter(([name, value]) => rest.every((each) => Object.hasOwn(each, name) && each[name] === value)));
}

/** By name, so that the same labels always read alike. */
export function sortedEntries(labels: Labels): readonly (readonly [string, string])[] {
  return Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Stands for a label set where the source names none. 16 hexadecimal digits, as Alertmanager's are. */
export function fingerprintOf(labels: Labels): string {
  return createHash("sha256")
    .update(JSON.stringify(sortedEntries(labels)))
    .digest("hex")
    .slice(0, 16);
}
