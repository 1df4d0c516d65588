/** Does in a folder what a stage of the Dockerfile does in an image: its COPY and RUN, nothing else. */
import { spawnSync } from "node:child_process";
import { cp, mkdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import type { Instruction, Stage } from "./dockerfile.ts";

export interface Played {
  /** Stands for `/` of the stage. */
  readonly root: string;
  /** As the stage names it: `/opt/opsroom`. */
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface Surroundings {
  /** What is sent to the build: the folder with the Dockerfile, without what `.dockerignore` names. */
  readonly context: string;
  /** Stages played before, by name. */
  readonly stages: ReadonlyMap<string, Played>;
  readonly say: (line: string) => void;
}

/** @throws when a command fails, or would reach out of the folder */
export async function playStage(stage: Stage, root: string, around: Surroundings): Promise<Played> {
  let played: Played = { root, workdir: "/", env: {} };
  await mkdir(root, { recursive: true });
  for (const instruction of stage.instructions) {
    played = await play(instruction, played, around);
  }
  return played;
}

async function play(instruction: Instruction, played: Played, around: Surroundings): Promise<Played> {
  switch (instruction.kind) {
    case "workdir":
      await mkdir(inside(played, instruction.path), { recursive: true });
      return { ...played, workdir: resolve(played.workdir, instruction.path) };
    case "env":
      return { ...played, env: { ...played.env, [instruction.name]: instruction.value } };
    case "copy":
      around.say(`COPY ${instruction.sources.join(" ")} → ${instruction.to}`);
      await copy(instruction, played, around);
      return played;
    case "run":
      around.say(`RUN ${instruction.command}`);
      run(instruction.command, played);
      return played;
    case "user":
    case "entrypoint":
    case "cmd":
    case "label":
      return played;
    default:
      return instruction satisfies never;
  }
}

async function copy({ from, sources, to }: Extract<Instruction, { readonly kind: "copy" }>, played: Played, { context, stages }: Surroundings): Promise<void> {
  const source = from === undefined ? undefined : stages.get(from);
  if (from !== undefined && source === undefined) throw new Error(`there is no stage ${from} before this one`);
  const ignored = source === undefined ? await ignoredIn(context) : (): boolean => false;
  const target = inside(played, to);
  for (const each of sources) {
    const path = source === undefined ? join(context, each) : inside(source, each);
    const folder = (await stat(path)).isDirectory();
    const filter = (file: string): boolean => !ignored(relative(context, file));
    if (!filter(path)) throw new Error(`.dockerignore leaves out ${each}`);
    const place = folder || !to.endsWith("/") ? target : join(target, basename(each));
    await mkdir(dirname(place), { recursive: true });
    await cp(path, place, { recursive: true, verbatimSymlinks: true, filter });
  }
}

/** Node of this process in place of the image's; a test compares their versions. */
function run(command: string, played: Played): void {
  if (/(^|[\s=:;&|('"])\//u.test(command)) throw new Error(`RUN with a path from the root cannot be tried here: ${command}`);
  // Proxies, certificates and npm's settings are this machine's; what would change Node's or npm's ways is not.
  const kept = Object.entries(process.env).filter(([name]) => !/^(?:NODE_ENV|NODE_OPTIONS|npm_(?:lifecycle|package|command).*)$/u.test(name));
  const env = { ...Object.fromEntries(kept), ...played.env, PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}` };
  const { status, stdout, stderr } = spawnSync("sh", ["-c", command], { cwd: inside(played, "."), env, encoding: "utf8", timeout: 300_000 });
  if (status !== 0) throw new Error(`RUN ${command} ended with ${status}\n${stdout}\n${stderr}`);
}

export function inside({ root, workdir }: Played, path: string): string {
  return join(root, resolve(workdir, path));
}

/** `.dockerignore` as far as ours goes: names, folders, `*`; a pattern without a slash stands for the top folder only. */
export async function ignoredIn(context: string): Promise<(path: string) => boolean> {
  const lines = (await readFile(join(context, ".dockerignore"), "utf8")).split("\n").map((line) => line.trim());
  const patterns = lines.filter((line) => line !== "" && !line.startsWith("#"));
  const unknown = patterns.find((line) => /[!?[\]]/u.test(line));
  if (unknown !== undefined) throw new Error(`.dockerignore: ${unknown} is not understood here`);
  const matchers = patterns.map((line) => new RegExp(`^${globToPattern(line.replace(/\/+$/u, ""))}(/|$)`, "u"));
  return (path) => matchers.some((matcher) => matcher.test(path));
}

function globToPattern(glob: string): string {
  return glob
    .split("**/")
    .map((part) => part.replace(/[.+^${}()|\\]/gu, "\\$&").replaceAll("*", "[^/]*"))
    .join("(.*/)?");
}
