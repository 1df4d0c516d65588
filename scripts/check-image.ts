/**
 * Tries the Dockerfile without a container engine: does each stage's COPY and RUN in a throw-away folder, then starts what the last stage
 * has, as its user and with nothing else at hand. Needs the package registry. `npm run check:image`
 */
import { spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseDockerfile, type Stage } from "./image/dockerfile.ts";
import { inside, playStage, type Played } from "./image/play-stage.ts";

/** What the image has to be able to do, and what its answer contains. The sandbox shows that SDK, database and cluster client are all there. */
const tries: readonly (readonly [words: readonly string[], wanted: string])[] = [
  [["--help"], "Usage: opsroom"],
  [["sandbox", "--once", "--json", "--timeout", "60", "--say", "!status"], '"m.room.message"'],
];

const context = resolve(import.meta.dirname, "..");
const stages = parseDockerfile(await readFile(join(context, "Dockerfile"), "utf8"));
const folder = await mkdtemp(join(tmpdir(), "opsroom-image-"));

try {
  // The user of the image has to be able to read what root has made here.
  await chmod(folder, 0o755);
  const played = new Map<string, Played>();
  for (const stage of stages) {
    console.log(`── stage ${stage.name}`);
    played.set(stage.name, await playStage(stage, join(folder, stage.name), { context, stages: played, say: (line) => console.log(line) }));
  }
  const last = stages.at(-1);
  const image = played.get(last?.name ?? "");
  if (last === undefined || image === undefined) throw new Error("the Dockerfile has no stage");
  const home = join(folder, "tmp");
  await mkdir(home);
  await chmod(home, 0o1777);
  for (const [words, wanted] of tries) start(last, image, home, words, wanted);
  console.log("the image's commands run");
} finally {
  await rm(folder, { recursive: true, force: true });
}

function start(stage: Stage, image: Played, home: string, words: readonly string[], wanted: string): void {
  const entry = stage.instructions.find((each) => each.kind === "entrypoint");
  const user = stage.instructions.findLast((each) => each.kind === "user");
  if (entry?.kind !== "entrypoint" || user?.kind !== "user") throw new Error("the last stage has no ENTRYPOINT or no USER");
  const [command = "", ...given] = entry.words;
  const [uid = Number.NaN, gid = Number.NaN] = user.user.split(":").map(Number);
  const asUser = process.getuid?.() === 0 ? { uid, gid } : {};
  const node = command === "node" ? process.execPath : command;
  const env = { ...image.env, PATH: dirname(process.execPath), HOME: home, TMPDIR: home };
  const { status, stdout, stderr } = spawnSync(node, [...given, ...words], { cwd: inside(image, "."), env, encoding: "utf8", timeout: 120_000, ...asUser });
  console.log(`── ${[...entry.words, ...words].join(" ")}: exit ${status}`);
  if (status !== 0 || !stdout.includes(wanted)) throw new Error(`no ${wanted} in its answer\n${stdout.slice(-2000)}\n${stderr.slice(-4000)}`);
}
