/** Whatever somebody does to a good file, they get mistakes in words, at places that exist, and no secret in them. */
import { parse } from "yaml";
import { beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { ConfigMistakes, describeMistake } from "../../../src/config/mistake.ts";
import { showPath, type Path } from "../../../src/config/path.ts";
import { exampleText, minimal, mistakesIn } from "./example.ts";

type Json = z.infer<ReturnType<typeof z.json>>;

let example: Json = null;
let text = "";
beforeAll(async () => {
  text = await exampleText();
  example = z.json().parse(parse(text));
});

/** The path of everything in `value`, outermost first, without the whole. */
function pathsIn(value: Json, path: Path = []): readonly Path[] {
  const children = Array.isArray(value)
    ? value.map((child, index) => [index, child] as const)
    : typeof value === "object" && value !== null
      ? Object.entries(value)
      : [];
  return children.flatMap(([key, child]) => [[...path, key], ...pathsIn(child, [...path, key])]);
}

/** A copy in which `change` was done to what holds `path`. */
function changed(path: Path, change: (holder: Json[] | { [key: string]: Json }, key: string | number) => void): Json {
  const copy = structuredClone(example);
  const holder = path.slice(0, -1).reduce<Json>((at, key) => {
    if (Array.isArray(at)) return at[Number(key)] ?? null;
    return typeof at === "object" && at !== null ? (at[key] ?? null) : null;
  }, copy);
  const key = path.at(-1);
  if (typeof holder === "object" && holder !== null && key !== undefined) change(holder, key);
  return copy;
}

const wrong: readonly Json[] = [null, true, -1.5, "", "x".repeat(1000), [[]], { nobody: { knows: "this" } }];

describe("every single change to the example", () => {
  test("a key left out, or misspelt, or with a wrong value gives nothing but mistakes that name a place of the file or the missing key", () => {
    let refused = 0;
    const places = new Set(pathsIn(example).map((each) => showPath(each)));
    for (const path of pathsIn(example)) {
      const variants = [
        changed(path, (holder, key) => (Array.isArray(holder) ? holder.splice(Number(key), 1) : delete holder[key])),
        changed(path, (holder, key) => {
          if (Array.isArray(holder)) return;
          holder[`${key}x`] = holder[key] ?? null;
          delete holder[key];
        }),
        ...wrong.map((value) => changed(path, (holder, key) => Reflect.set(holder, key, value))),
      ];
      for (const variant of variants) {
        const mistakes = mistakesIn(JSON.stringify(variant));
        const added = new Set(mistakes.every((mistake) => places.has(mistake.path)) ? [] : pathsIn(variant).map((each) => showPath(each)));
        const known = { has: (place: string) => places.has(place) || added.has(place) };
        for (const mistake of mistakes) {
          const holder = mistake.path.replace(/(\.[\w-]+|\[[^[]*\])$/u, "");
          const missing = mistake.found.startsWith("nothing") && (known.has(holder) || !mistake.path.includes("."));
          expect([mistake.path, mistake.found, known.has(mistake.path) || missing]).toEqual([mistake.path, mistake.found, true]);
          expect(describeMistake(mistake).length).toBeLessThan(1500);
        }
        if (mistakes.length > 0) refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(700);
  }, 60_000);

  test("a misspelt key is named together with the right one", () => {
    const chosen = (path: Path): boolean => String(path.at(-1)).startsWith("@") || path.at(-2) === "severityWords";
    const keys = pathsIn(example).filter((path) => typeof path.at(-1) === "string" && !chosen(path));
    for (const path of keys) {
      const key = String(path.at(-1));
      const misspelt = changed(path, (holder) => {
        if (Array.isArray(holder)) return;
        holder[`${key}x`] = holder[key] ?? null;
        delete holder[key];
      });

      const mistake = mistakesIn(JSON.stringify(misspelt)).find((each) => each.path.endsWith(`${key}x`));

      expect([showPath(path), mistake?.nearest]).toEqual([showPath(path), key]);
    }
  });

  test("cutting the text anywhere gives mistakes or a shorter configuration, never another error", () => {
    for (let end = 0; end < text.length; end += 7) expect(() => mistakesIn(text.slice(0, end))).not.toThrow();
  }, 60_000);
});

describe("a secret written into the file", () => {
  const canary = "syt_b3Bzcm9vbQ_CaNaRyCaNaRyCaNaRy_0aBcDe";

  test("is never repeated, wherever it stands", () => {
    for (const path of pathsIn(example)) {
      const variants = [
        changed(path, (holder, key) => Reflect.set(holder, key, canary)),
        changed(path, (holder, key) => Reflect.set(holder, key, { value: canary })),
        changed(path, (holder, key) => Reflect.set(holder, key, { file: canary })),
        changed(path, (holder, key) => Reflect.set(holder, key, { env: canary })),
        changed(path, (holder, key) => Reflect.set(holder, key, [canary])),
        changed(path, (holder) => Reflect.set(holder, canary, 1)),
        changed(path, (holder, key) => Reflect.set(holder, key, `postgres://opsroom:${canary}@db/opsroom`)),
      ];
      for (const variant of variants) expect(JSON.stringify(mistakesIn(JSON.stringify(variant)))).not.toContain("CaNaRy");
    }
  }, 60_000);

  test("nor is it when the line is no YAML", () => {
    for (const line of [
      `accessToken: ${canary}: ${canary}`,
      `accessToken: "${canary}`,
      `accessToken: *${canary}`,
      `accessToken: !${canary} x`,
      `accessToken: |${canary}`,
      `accessToken: @${canary}`,
      `- ${canary}`,
      `{ ${canary}`,
      `%${canary}`,
      `? ${canary}`,
      `accessToken: [${canary}`,
    ]) {
      const mistakes = mistakesIn(`matrix:\n  ${line}\n`);

      expect(mistakes.length).toBeGreaterThan(0);
      expect(JSON.stringify(mistakes)).not.toContain("CaNaRy");
    }
  });

  test.each([
    ["the access token", { matrix: { homeserver: "https://h.example.org", accessToken: "hunter2" } }, "matrix.accessToken"],
    ["the database's address", { store: { postgres: { url: "hunter2" } } }, "store.postgres.url"],
    ["a source's token", { alerts: { sources: [{ name: "prod", bearer: "hunter2" }], defaultRoom: "ops" } }, "alerts.sources[0].bearer"],
    [
      "a source's password",
      { alerts: { sources: [{ name: "prod", basic: { user: "am", password: "hunter2" } }], defaultRoom: "ops" } },
      "alerts.sources[0].basic.password",
    ],
    ["a cluster's token", { clusters: [{ name: "prod", server: "https://k", token: "hunter2" }] }, "clusters[0].token"],
    [
      "Prometheus's token",
      { clusters: [{ name: "prod", inCluster: true, prometheus: { url: "http://p", token: "hunter2" } }] },
      "clusters[0].prometheus.token",
    ],
  ])("%s: even a plain word is not repeated, and it says where secrets go", (_, changes, path) => {
    const mistakes = mistakesIn(minimal(changes));

    expect(mistakes).toMatchObject([{ path, found: "a value written inline", allowed: expect.stringContaining("{ file: ") }]);
    expect(new ConfigMistakes("f", mistakes).message).not.toContain("hunter2");
  });
});

test.each([
  ["timeZone: Europe/Moscow", "timeZone: 7", "timeZone"],
  ["shape: ess", "shape: 7", "homeservers[0].shape"],
  ["log: { level: info }", "log: { level: 7 }", "log.level"],
  ['"@oleg:mrt0rtikize.ru": operator', '"@oleg:mrt0rtikize.ru": 7', 'rooms[0].operators["@oleg:mrt0rtikize.ru"]'],
  ["server: https://oracle.mrt0rtikize.ru:6443", "server: 7", "clusters[1].server"],
])("a mistake is found in the line of %s", (from, to, path) => {
  const line = text.split("\n").findIndex((each) => each.includes(from)) + 1;

  expect(mistakesIn(text.replace(from, to))).toMatchObject([{ path, line }]);
});
