/** The configuration's JSON Schema: for editors, for the documentation, and to name the keys that are allowed somewhere. */
import * as z from "zod";
import { configSchema } from "./schema/root.ts";
import type { Path } from "./path.ts";

export type SchemaNode = z.core.JSONSchema.BaseSchema;

let made: SchemaNode | undefined;

/** Draft 7, which every YAML language server knows. Always the same: made once, when it is first asked for. */
export function makeJsonSchema(): SchemaNode {
  made ??= { ...z.toJSONSchema(configSchema, { io: "input", target: "draft-7" }), title: "Opsroom configuration" };
  return made;
}

/** The keys that a mapping at `path` may have; empty where there is no such mapping. */
export function keysAllowedAt(schema: SchemaNode, path: Path): readonly string[] {
  const found = path.reduce<readonly SchemaNode[]>((nodes, segment) => nodes.flatMap((node) => childrenOf(node, segment)), withAlternatives(schema));
  return [...new Set(found.flatMap((node) => keysOf(node)))];
}

function withAlternatives(node: unknown): readonly SchemaNode[] {
  return isSchemaNode(node) ? [node, ...(node.anyOf ?? []).filter(isSchemaNode)] : [];
}

function childrenOf(node: SchemaNode, segment: string | number): readonly SchemaNode[] {
  return withAlternatives(typeof segment === "number" ? node.items : (node.properties?.[segment] ?? node.additionalProperties));
}

/** Whether `node` is a schema of its own: `true`, `false` and lists of schemas are none. */
export function isSchemaNode(node: unknown): node is SchemaNode {
  return typeof node === "object" && node !== null && !Array.isArray(node);
}

function keysOf(node: SchemaNode): readonly string[] {
  const names = isSchemaNode(node.propertyNames) ? (node.propertyNames.enum ?? []) : [];
  return [...Object.keys(node.properties ?? {}), ...names.filter((key) => typeof key === "string")];
}
