/** `docs/configuration.md`: every key of the configuration, from its JSON Schema and the example. */
import { isSchemaNode, makeJsonSchema, type SchemaNode } from "../../src/config/json-schema.ts";

interface Row {
  readonly path: string;
  readonly kind: string;
  readonly byDefault: string;
  readonly description: string;
}

const introduction = `# Configuration

<!-- Made by \`npm run docs\` from src/config/schema; do not edit. -->

One YAML file. [\`config/opsroom.example.yaml\`](../config/opsroom.example.yaml) shows all of it for a small fleet.

- \`opsroom check --config FILE\` reports every mistake at once, each with its line, what was found and what is allowed; exit code 2.
  \`--no-secrets\` leaves out the files and variables that hold secrets, \`--json\` is for programs.
- A key that is not listed here is a mistake, and so is a secret written into the file: secrets are in files of their own, or in the environment.
- Durations are written \`90s\`, \`10m\`, \`2h\`, \`30d\`, \`2w\` or \`1h30m\`. Paths of files begin with \`/\`.
- Room ids, aliases and user ids stand in quotes: YAML takes \`!\` for a tag, \`#\` for a comment, and refuses \`@\`.
- Anchors (\`&name\`), aliases (\`*name\`) and \`<<\` are understood, so that several rooms can share their operators.
- Editors with a YAML language server complete and check the file when its first line is
  \`# yaml-language-server: $schema=./opsroom.schema.json\` (the schema is [\`config/opsroom.schema.json\`](../config/opsroom.schema.json)).
- On SIGHUP the file is read again. A good one is taken at once, save \`matrix\`, \`store\`, \`admin\`, \`alerts.listen\` and \`alerts.sources\`,
  which need a restart; of a bad one nothing is taken, and the log and the ops rooms say so.
`;

export function configurationDocument(): string {
  const schema = makeJsonSchema();
  const sections = Object.entries(schema.properties ?? {}).map(([key, node]) => section(key, asNode(node), (schema.required ?? []).includes(key)));
  return `${[introduction, ...sections].join("\n").trimEnd()}\n`;
}

function section(key: string, node: SchemaNode, required: boolean): string {
  const rows = rowsBelow(key, node);
  const head = [`## \`${key}\``, "", `${node.description ?? ""}${required ? " Required." : ""}`, ""];
  const table = [
    "| key | type | default | |",
    "|---|---|---|---|",
    ...rows.map(({ path, kind, byDefault, description }) => `| \`${path}\` | ${kind} | ${byDefault} | ${description} |`),
  ];
  const single = [`Type: ${kindOf(node)}. Default: ${defaultOf(node, required)}.`];
  return [...head, ...(rows.length > 0 ? table : single), ""].join("\n");
}

/** What is within a mapping, depth first; list entries are written `[]`, keys that people choose `NAME`. */
function rowsBelow(path: string, node: SchemaNode): readonly Row[] {
  const entries = node.items === undefined ? [] : [{ path: `${path}[]`, node: asNode(node.items) }];
  const chosen = chosenKeys(path, node);
  const named = Object.entries(node.properties ?? {}).map(([key, child]) => ({
    path: `${path}.${key}`,
    node: asNode(child),
    required: node.required?.includes(key) ?? false,
  }));
  const alternatives = (node.anyOf ?? []).map((each) => ({ path, node: asNode(each) }));
  return [
    ...[...entries, ...alternatives].flatMap((each) => rowsBelow(each.path, each.node)),
    ...chosen.flatMap((each) => [row(each.path, each.node, false, true), ...rowsBelow(each.path, each.node)]),
    ...named.flatMap((each) => [row(each.path, each.node, each.required, false), ...rowsBelow(each.path, each.node)]),
  ];
}

/** Where the keys are names that people choose, or some of a list. */
function chosenKeys(path: string, node: SchemaNode): readonly { readonly path: string; readonly node: SchemaNode }[] {
  if (!isSchemaNode(node.additionalProperties)) return [];
  const value = node.additionalProperties;
  const names = asNode(node.propertyNames).enum;
  if (names === undefined) return [{ path: `${path}.NAME`, node: value }];
  return [{ path: `${path}.PART`, node: { ...value, description: `${value.description ?? ""} \`PART\` is one of ${list(names)}.`.trim() } }];
}

function row(path: string, node: SchemaNode, required: boolean, chosen: boolean): Row {
  return { path, kind: kindOf(node), byDefault: chosen ? "" : defaultOf(node, required), description: cell(node.description ?? "") };
}

function kindOf(node: SchemaNode): string {
  if (node.anyOf !== undefined) return node.anyOf.map((each) => kindOf(asNode(each))).join(" or ");
  if (node.const !== undefined) return `\`${String(node.const)}\``;
  if (node.enum !== undefined) return list(node.enum);
  if (node.type === "array") return "list";
  if (node.type === "object") return "mapping";
  if (node.type === "string") return node.pattern?.includes("[smhdw]") === true ? "duration" : "text";
  return node.type === "integer" ? "whole number" : String(node.type ?? "any");
}

function defaultOf(node: SchemaNode, required: boolean): string {
  if (required) return "required";
  const value = node.default;
  if (value === undefined) return "none";
  if (Array.isArray(value) && value.length === 0) return "empty";
  if (isSchemaNode(value) && Object.keys(value).length === 0) return "as below";
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

function list(values: readonly unknown[]): string {
  return values.map((value) => `\`${String(value)}\``).join(", ");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/\s+/gu, " ");
}

function asNode(node: unknown): SchemaNode {
  return isSchemaNode(node) ? node : {};
}
