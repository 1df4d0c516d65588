import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadConfig, parseConfig } from "../../../src/config/load.ts";
import { ConfigMistakes } from "../../../src/config/mistake.ts";
import { defaultPatience } from "../../../src/status/gather.ts";
import { defaultThresholds } from "../../../src/status/thresholds.ts";
import { exampleFile, minimal, mistakesIn } from "./example.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "opsroom-config-"));
});
afterAll(async () => rm(folder, { recursive: true }));

test("the example is the plan's fleet", async () => {
  const config = await loadConfig(exampleFile);

  expect(config.clusters.map(({ name, access }) => [name, access.kind])).toEqual([
    ["prod", "kubeconfig"],
    ["homelab", "token"],
    ["new", "inCluster"],
  ]);
  expect(config.homeservers.map(({ name, serverName, cluster, shape }) => [name, serverName, cluster, shape])).toEqual([
    ["mrt0rtikize", "mrt0rtikize.ru", "homelab", "ess"],
    ["t0rt1k", "t0rt1k.tech", "prod", "matrix-chart"],
    ["roglog", "roglog.space", "prod", "matrix-chart"],
    ["uretra", "uretra.space", "prod", "matrix-chart"],
  ]);
  expect([...(config.rooms[0]?.operators ?? [])]).toEqual([
    ["@nadia:mrt0rtikize.ru", "admin"],
    ["@oleg:mrt0rtikize.ru", "operator"],
    ["@eye:t0rt1k.tech", "viewer"],
  ]);
  expect(config.rooms[0]?.room).toEqual({ kind: "alias", alias: "#ops:mrt0rtikize.ru" });
});

test("durations are exact, and what is left out has the defaults of the parts that use it", () => {
  const { config } = parseConfig("test.yaml", minimal({ retention: { events: "1d12h" } }));

  expect(config.retention).toEqual({ eventsMs: 129_600_000, messagesMs: 2_592_000_000, auditMs: 34_560_000_000 });
  expect(config.matrix.maxCommandAgeMs).toBe(600_000);
  expect(config.matrix.rateLimit).toEqual({ perSecond: 0.2, burst: 10 });
  expect(config.thresholds).toEqual(defaultThresholds);
  expect(config.deadlines).toEqual(defaultPatience);
  expect(config.timeZone).toBe("UTC");
  expect(config.homeservers).toEqual([]);
});

test("a room of version 12 has no server in its id", () => {
  const { config } = parseConfig("test.yaml", minimal());

  expect(config.rooms[0]?.room).toEqual({ kind: "id", id: "!abc" });
});

test("rooms can share their operators by an anchor", () => {
  const { rooms } = parseConfig(
    "test.yaml",
    `
matrix: { homeserver: "https://h.example.org", accessToken: { env: TOKEN } }
rooms:
  - { name: ops, room: "!a", operators: &team { "@nadia:example.org": admin } }
  - name: more
    room: "!b"
    operators: { <<: *team, "@eye:example.org": viewer }
store: { sqlite: { file: /db } }
clusters: [{ name: prod, inCluster: true }]
`,
  ).config;

  expect([...(rooms[1]?.operators.keys() ?? [])]).toEqual(["@nadia:example.org", "@eye:example.org"]);
});

describe("all mistakes are told at once", () => {
  test("with line, what was found, what is allowed, and what was probably meant", () => {
    const text = `matrix:
  homeserver: http://matrix.example.org
  accessToken: { file: /run/token }
rooms:
  - name: ops
    room: "!abc"
    operatrs: { "@nadia:example.org": admin }
timeZone: Europe/Moskau
store: { sqlite: { file: /db } }
clusters:
  - name: prod
    inCluster: true
homeservers:
  - { name: a, serverName: a.example.org, cluster: prd, namespace: a, shape: es }
log: { level: inf }
`;

    const told = mistakesIn(text).map(({ line, path, nearest }) => [line, path, nearest]);

    expect(told).toEqual([
      [2, "matrix.homeserver", undefined],
      [5, "rooms[0].operators", undefined],
      [7, "rooms[0].operatrs", "operators"],
      [8, "timeZone", undefined],
      [14, "homeservers[0].shape", "ess"],
      [14, "homeservers[0].cluster", "prod"],
      [15, "log.level", "info"],
    ]);
  });

  test("the words say what stands there and what may", () => {
    expect(mistakesIn(minimal({ log: { level: "inf" } }))).toEqual([
      { path: "log.level", line: 1, found: '"inf"', allowed: "one of trace, debug, info, warn, error, fatal", nearest: "info" },
    ]);
    expect(mistakesIn(minimal({ rooms: [] }))[0]).toMatchObject({ path: "rooms", found: "a list of 0 entries", allowed: "at least one entry" });
    expect(mistakesIn(minimal({ thresholds: { nodeMemory: { warn: 80 } } }))).toEqual([
      { path: "thresholds.nodeMemory.warn", line: 1, found: "80", allowed: "a share from 0 to 1, such as 0.8" },
    ]);
  });
});

const oneRoom = { name: "ops", room: "!abc", operators: { "@nadia:example.org": "admin" } };
const oneHomeserver = { name: "a", serverName: "a.example.org", cluster: "prod", namespace: "a", shape: "ess" };
test.each([
  ["nobody may act", { rooms: [{ ...oneRoom, operators: {} }] }, "rooms[0].operators"],
  ["an operator who is no Matrix user", { rooms: [{ ...oneRoom, operators: { nadia: "admin" } }] }, "rooms[0].operators.nadia"],
  ["a role that is none", { rooms: [{ ...oneRoom, operators: { "@nadia:example.org": "root" } }] }, 'rooms[0].operators["@nadia:example.org"]'],
  ["a room that is neither id nor alias", { rooms: [{ ...oneRoom, room: "ops" }] }, "rooms[0].room"],
  ["two rooms of one name", { rooms: [oneRoom, { ...oneRoom, room: "!b" }] }, "rooms[1].name"],
  ["one room twice", { rooms: [oneRoom, { ...oneRoom, name: "b" }] }, "rooms[1].room"],
  [
    "two clusters of one name",
    {
      clusters: [
        { name: "prod", inCluster: true },
        { name: "prod", inCluster: true },
      ],
    },
    "clusters[1].name",
  ],
  ["two homeservers of one name", { homeservers: [oneHomeserver, oneHomeserver] }, "homeservers[1].name"],
  ["a homeserver in a cluster that is none", { homeservers: [{ ...oneHomeserver, cluster: "old" }] }, "homeservers[0].cluster"],
  ["a selector that selects everything", { homeservers: [{ ...oneHomeserver, selectors: { mas: { labels: "" } } }] }, "homeservers[0].selectors.mas.labels"],
  ["a cluster reached in two ways", { clusters: [{ name: "prod", inCluster: true, kubeconfig: { file: "/k" } }] }, "clusters[0]"],
  ["a cluster reached in no way", { clusters: [{ name: "prod" }] }, "clusters[0]"],
  ["a server without a token", { clusters: [{ name: "prod", server: "https://k:6443" }] }, "clusters[0].token"],
  ["a token that goes over plain http", { clusters: [{ name: "prod", server: "http://k:6443", token: { file: "/t" } }] }, "clusters[0].server"],
  ["warn above critical", { thresholds: { nodeCpu: { warn: 0.9, critical: 0.8 } } }, "thresholds.nodeCpu"],
  ["two databases", { store: { sqlite: { file: "/db" }, postgres: { url: { file: "/u" } } } }, "store"],
  ["no time at all", { retention: { audit: "0d" } }, "retention.audit"],
  ["a number where a duration belongs", { retention: { audit: 30 } }, "retention.audit"],
  ["a place that is no time zone", { timeZone: "Moscow" }, "timeZone"],
  ["a path that depends on where one stands", { store: { sqlite: { file: "opsroom.db" } } }, "store.sqlite.file"],
])("%s is one mistake", (_, changes, path) => {
  expect(mistakesIn(minimal(changes)).map((mistake) => mistake.path)).toEqual([path]);
});

test.each([
  "http://localhost:8008",
  "http://127.0.0.1:8008/",
  "http://[::1]:8008",
  "http://synapse.matrix.svc:8008",
  "http://synapse.matrix.svc.cluster.local",
  "https://matrix.example.org/",
])("%s may carry the bot's token", (homeserver) => {
  expect(mistakesIn(minimal({ matrix: { homeserver, accessToken: { env: "TOKEN" } } }))).toEqual([]);
});

test.each([
  "http://matrix.example.org",
  "http://localhost.example.org",
  "http://127.0.0.1.example.org",
  "https://u:p@matrix.example.org",
  "ftp://x",
  "matrix.example.org",
])("%s may not", (homeserver) => {
  expect(mistakesIn(minimal({ matrix: { homeserver, accessToken: { env: "TOKEN" } } })).map((mistake) => mistake.path)).toEqual(["matrix.homeserver"]);
});

describe("what is not YAML as we take it", () => {
  test.each([
    ["a room id without quotes", "room: !abc", /quotes/u],
    ["a user id without quotes", "operators: { @nadia:example.org: admin }", /quotes/u],
    ["the same key twice", "a: 1\na: 2", /each key once/u],
    ["a tab as indentation", "a:\n\tb: 1", /spaces/u],
    ["a second document", "a: 1\n---\nb: 2", /one document/u],
    ["an alias of nothing", "a: *nobody", /alias/u],
    ["no configuration", "# nothing but this\n", /a configuration/u],
    ["an empty file", "", /a configuration/u],
    ["a text", "hello", /a mapping of keys/u],
    ["a list", "- a", /a mapping of keys/u],
    ["brackets a hundred thousand deep", "[".repeat(100_000), /./u],
    ["aliases that grow without end", `a0: &a0 [x, x]\n${Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`).join("\n")}`, /alias/u],
  ])("%s", (_, text, allowed) => {
    const mistakes = mistakesIn(text);

    expect(mistakes.length).toBeGreaterThan(0);
    expect(mistakes[0]?.allowed).toMatch(allowed);
  });

  test("a file of thirty thousand unknown keys is refused at once, and the first hundred are told", () => {
    const started = performance.now();
    const mistakes = mistakesIn(Array.from({ length: 30_000 }, (_, index) => `k${index}: 1`).join("\n"));

    expect(mistakes.length).toBeLessThan(120);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test("the line is told", () => {
    expect(mistakesIn("a: 1\nb: 2\na: 3\n")[0]?.line).toBe(3);
  });
});

describe("a file that cannot be used says why", () => {
  const whole = async (path: string): Promise<string | undefined> => {
    const error: unknown = await loadConfig(path).catch((caught: unknown) => caught);
    return error instanceof ConfigMistakes ? error.mistakes[0]?.found : "something else";
  };

  test("not there", async () => expect(await whole(join(folder, "nowhere.yaml"))).toBe("no such file"));
  test("a folder", async () => {
    await mkdir(join(folder, "dir"));
    expect(await whole(join(folder, "dir"))).toBe("a folder");
  });
  test("an endless device", async () => expect(await whole("/dev/zero")).toBe("no ordinary file"));
  test("far too long", async () => {
    await writeFile(join(folder, "long.yaml"), Buffer.alloc(10 * 2 ** 20, "#"));
    expect(await whole(join(folder, "long.yaml"))).toBe("10240 KiB");
  });
  test("not UTF-8", async () => {
    await writeFile(join(folder, "latin.yaml"), Buffer.from([0x61, 0x3a, 0x20, 0xe9, 0x0a]));
    expect(await whole(join(folder, "latin.yaml"))).toBe("bytes that are not UTF-8");
  });
  test("links in a circle", async () => {
    await symlink(join(folder, "round.yaml"), join(folder, "round.yaml"));
    expect(await whole(join(folder, "round.yaml"))).toBe("links that lead in a circle");
  });
  test("a byte order mark does no harm", async () => {
    await writeFile(join(folder, "bom.yaml"), `\uFEFF${minimal()}`);
    expect((await loadConfig(join(folder, "bom.yaml"))).rooms).toHaveLength(1);
  });
});
