/** Every file that is made from the code. `npm run docs` writes them; a test fails when one is stale. */
import { commandsPage } from "../../src/chat/docs.ts";
import { commandList } from "../../src/handlers/registry.ts";
import { makeJsonSchema } from "../../src/config/json-schema.ts";
import { configurationDocument } from "./configuration-document.ts";

export interface GeneratedDocument {
  /** From the top of the repository. */
  readonly file: string;
  readonly make: () => string | Promise<string>;
}

export const documents: readonly GeneratedDocument[] = [
  { file: "docs/configuration.md", make: configurationDocument },
  { file: "docs/commands.md", make: () => commandsPage(commandList) },
  { file: "config/opsroom.schema.json", make: () => `${JSON.stringify(makeJsonSchema(), undefined, 2)}\n` },
];
