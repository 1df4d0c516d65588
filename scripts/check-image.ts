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

/** What an encrypted room needs, which is not in the bundle: found from where the bundle is, and in working order. */
const openKeys = `
  const load = require("node:module").createRequire(process.cwd() + "/dist/opsroom.js");
  load("fake-indexeddb");
  const wasm = load("@matrix-org/matrix-sdk-crypto-wasm");
  wasm.initAsync()
    .then(() => wasm.OlmMachine.initialize(new wasm.UserId("@opsroom:example.org"), new wasm.DeviceId("IMAGE")))
    .then((machine) => console.log("curve25519 " + machine.identityKeys.curve25519.toBase64()));
`;

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
  const { command, flags } = entryOf(last);
  for (const [words, wanted] of tries) start(last, image, home, [command, ...flags, ...words], wanted);
  start(last, image, home, [command, "-e", openKeys], "curve25519");
  console.log("the image's commands run");
} finally {
  await rm(folder, { recursive: true, force: true });
}

function entryOf(stage: Stage): { readonly command: string; readonly flags: readonly string[] } {
  const entry = stage.instructions.find((each) => each.kind === "entrypoint");
  if (entry?.kind !== "entrypoint") throw new Error("the last stage has no ENTRYPOINT");
  const [command = "", ...flags] = entry.words;
  return { command, flags };
}

function start(stage: Stage, image: Played, home: string, [command = "", ...words]: readonly string[], wanted: string): void {
  const user = stage.instructions.findLast((each) => each.kind === "user");
  if (user?.kind !== "user") throw new Error("the last stage has no USER");
  const [uid = Number.NaN, gid = Number.NaN] = user.user.split(":").map(Number);
  const asUser = process.getuid?.() === 0 ? { uid, gid } : {};
  const node = command === "node" ? process.execPath : command;
  const env = { ...image.env, PATH: dirname(process.execPath), HOME: home, TMPDIR: home };
  const { status, stdout, stderr } = spawnSync(node, words, { cwd: inside(image, "."), env, encoding: "utf8", timeout: 120_000, ...asUser });
  console.log(`── ${[command, ...words].join(" ").replaceAll(/\s+/gu, " ").slice(0, 200)}: exit ${status}`);
  if (status !== 0 || !stdout.includes(wanted)) throw new Error(`no ${wanted} in its answer\n${stdout.slice(-2000)}\n${stderr.slice(-4000)}`);
}
