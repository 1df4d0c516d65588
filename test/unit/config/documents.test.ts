import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { documents } from "../../../scripts/docs/documents.ts";
import { isSchemaNode, makeJsonSchema, type SchemaNode } from "../../../src/config/json-schema.ts";
import { configSchema } from "../../../src/config/schema/root.ts";
import { exampleText, minimal, mistakesIn } from "./example.ts";

const top = join(import.meta.dirname, "../../..");

test.each(documents)("$file is what `npm run docs` makes", async ({ file, make }) => {
  expect(await readFile(join(top, file), "utf8")).toBe(await make());
});

function nodesIn(node: unknown, path: string): readonly { readonly path: string; readonly node: SchemaNode }[] {
  if (!isSchemaNode(node)) return [];
  const named = Object.entries(node.properties ?? {}).flatMap(([key, child]) => nodesIn(child, `${path}.${key}`));
  const others = [node.items, node.additionalProperties, ...(node.anyOf ?? [])].flatMap((child) => nodesIn(child, `${path}[]`));
  return [{ path, node }, ...named, ...others];
}

describe("what editors are given", () => {
  const nodes = nodesIn(makeJsonSchema(), "");

  test("every key is described", () => {
    expect(nodes.filter(({ path, node }) => !path.endsWith("[]") && node.description === undefined).map(({ path }) => path)).toEqual([]);
  });

  test("every mapping with named keys refuses others", () => {
    expect(nodes.filter(({ node }) => node.properties !== undefined && node.additionalProperties !== false).map(({ path }) => path)).toEqual([]);
  });

  test("the documentation names every key of the schema", async () => {
    const text = await readFile(join(top, "docs/configuration.md"), "utf8");
    const keys = nodes.map(({ path }) => path.slice(path.lastIndexOf(".") + 1).replaceAll("[]", "")).filter((key) => key !== "");

    expect(keys.filter((key) => !text.includes(key))).toEqual([]);
  });

  test.each([
    ["a good file", {}, true],
    ["an unknown key", { rms: [] }, false],
    ["a secret written inline", { store: { postgres: { url: "postgres://u:p@h/d" } } }, false],
    ["no database", { store: {} }, false],
    ["two databases", { store: { sqlite: { file: "/db" }, postgres: { url: { file: "/u" } } } }, false],
    ["a path from nowhere", { store: { sqlite: { file: "db" } } }, false],
    ["a role that is none", { rooms: [{ name: "ops", room: "!a", operators: { "@a:b": "root" } }] }, false],
    ["nobody of that form", { rooms: [{ name: "ops", room: "!a", operators: { nadia: "admin" } }] }, false],
    ["a number for a duration", { retention: { events: 30 } }, false],
  ])("the schema says of %s what `opsroom check` says", (_, changes, right) => {
    const text = minimal(changes);
    const schema = z.fromJSONSchema(z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify(makeJsonSchema()))));

    expect([schema.safeParse(JSON.parse(text)).success, mistakesIn(text).length === 0]).toEqual([right, right]);
  });

  test("the schema takes the example", async () => {
    const schema = z.fromJSONSchema(z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify(makeJsonSchema()))));

    expect(schema.safeParse(parse(await exampleText())).success).toBe(true);
  });

  test("the example names the schema in its first line, and uses every top-level key", async () => {
    const text = await exampleText();

    expect(text.split("\n")[0]).toBe("# yaml-language-server: $schema=./opsroom.schema.json");
    expect(Object.keys(configSchema.shape).filter((key) => !text.includes(`\n${key}:`))).toEqual([]);
  });
});
