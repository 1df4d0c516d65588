/** What a command takes, read from its schema: for `!help`, for the docs, and to bind what was typed. */
import * as z from "zod";

/** The parts of a command that describe it; `Command` has them all. */
export interface Described {
  readonly name: string;
  readonly positional: readonly string[];
  readonly rest?: string;
  readonly args: z.ZodType;
}

export interface Parameter {
  readonly key: string;
  readonly kind: "word" | "flag" | "switch";
  readonly required: boolean;
  readonly description: string | undefined;
}

const shape = z.object({
  properties: z.record(z.string(), z.looseObject({ type: z.string().optional(), description: z.string().optional() })).default({}),
  required: z.array(z.string()).default([]),
});

/** Words in their order, then flags by name. A boolean is a switch. */
export function parametersOf(command: Described): readonly Parameter[] {
  const { properties, required } = shape.parse(z.toJSONSchema(command.args, { io: "input", unrepresentable: "any" }));
  const parameter = (key: string): Parameter => {
    const property = properties[key];
    const kind = command.positional.includes(key) ? "word" : property?.type === "boolean" ? "switch" : "flag";
    return { key, kind, required: required.includes(key), description: property?.description };
  };
  const flags = Object.keys(properties).filter((key) => !command.positional.includes(key));
  return [...command.positional, ...flags].map(parameter);
}

/** `!status [target] [--all]` */
export function usageOf(command: Described): string {
  const last = command.positional.at(-1);
  const parts = parametersOf(command).map(({ key, kind, required }) => {
    const text = kind === "word" ? (key === last ? (command.rest ?? key) : key) : kind === "switch" ? `--${key}` : `--${key} …`;
    return required ? text : `[${text}]`;
  });
  return [`!${command.name}`, ...parts].join(" ");
}
