/** Reads as much of a Dockerfile as ours uses. Anything else is an error, so that nothing goes unchecked. */

export type Instruction =
  | { readonly kind: "workdir"; readonly path: string }
  | { readonly kind: "copy"; readonly from: string | undefined; readonly owner: string | undefined; readonly sources: readonly string[]; readonly to: string }
  | { readonly kind: "run"; readonly command: string }
  | { readonly kind: "env"; readonly name: string; readonly value: string }
  | { readonly kind: "user"; readonly user: string }
  | { readonly kind: "entrypoint" | "cmd"; readonly words: readonly string[] }
  /** Says something about the image and changes nothing in it. */
  | { readonly kind: "label"; readonly word: "EXPOSE" | "VOLUME" | "LABEL" | "STOPSIGNAL"; readonly text: string };

export interface Stage {
  readonly name: string;
  /** Image, or an earlier stage. */
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/** @throws when there is an instruction that is not understood here */
export function parseDockerfile(text: string): readonly Stage[] {
  const stages: { name: string; base: string; instructions: Instruction[] }[] = [];
  const given = new Map<string, string>();
  for (const line of logicalLines(text)) {
    const [, word = "", rest = ""] = /^(\S+)\s+(.*)$/u.exec(line) ?? [];
    const value = rest.replace(/\$\{(\w+)\}/gu, (whole, name: string) => given.get(name) ?? whole);
    if (word === "ARG" && stages.length === 0) {
      const [name = "", ...standard] = value.split("=");
      given.set(name, standard.join("="));
      continue;
    }
    if (word === "FROM") {
      const [base = "", , name = ""] = value.split(/\s+/u);
      stages.push({ name, base, instructions: [] });
      continue;
    }
    const stage = stages.at(-1);
    if (stage === undefined) throw new Error(`before the first FROM: ${line}`);
    stage.instructions.push(instruction(word, value, line));
  }
  return stages;
}

function logicalLines(text: string): readonly string[] {
  return text
    .replace(/^\s*#.*$/gmu, "")
    .replace(/\\\n/gu, " ")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function instruction(word: string, value: string, line: string): Instruction {
  switch (word) {
    case "WORKDIR":
      return { kind: "workdir", path: value };
    case "COPY":
      return copy(value, line);
    case "RUN":
      if (value.startsWith("[") || value.startsWith("--")) throw new Error(`not understood: ${line}`);
      return { kind: "run", command: value };
    case "ENV": {
      const [name = "", ...parts] = value.split("=");
      return { kind: "env", name, value: parts.join("=") };
    }
    case "USER":
      return { kind: "user", user: value };
    case "ENTRYPOINT":
    case "CMD":
      return { kind: word === "CMD" ? "cmd" : "entrypoint", words: words(value, line) };
    case "EXPOSE":
    case "VOLUME":
    case "LABEL":
    case "STOPSIGNAL":
      return { kind: "label", word, text: value };
    default:
      throw new Error(`not understood: ${line}`);
  }
}

function copy(value: string, line: string): Instruction {
  const parts = value.split(/\s+/u);
  const flags = parts.filter((part) => part.startsWith("--"));
  const paths = parts.filter((part) => !part.startsWith("--"));
  const flag = (name: string): string | undefined => flags.find((each) => each.startsWith(`--${name}=`))?.slice(name.length + 3);
  const to = paths.at(-1);
  if (to === undefined || paths.length < 2 || flags.some((each) => !/^--(from|chown)=/u.test(each))) throw new Error(`not understood: ${line}`);
  return { kind: "copy", from: flag("from"), owner: flag("chown"), sources: paths.slice(0, -1), to };
}

function words(value: string, line: string): readonly string[] {
  const parsed: unknown = JSON.parse(value);
  if (!Array.isArray(parsed) || !parsed.every((each) => typeof each === "string")) throw new Error(`not a list of words: ${line}`);
  return parsed;
}
