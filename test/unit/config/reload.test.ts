import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { ConfigMistakes } from "../../../src/config/mistake.ts";
import { compare, createReloader, type Reload } from "../../../src/config/reload.ts";
import type { Config } from "../../../src/config/schema/root.ts";
import { minimal } from "./example.ts";

const config = (changes: Readonly<Record<string, unknown>> = {}): Config => parseConfig("test.yaml", minimal(changes)).config;

const alerts = (listen: object, more: object = {}): object => ({ listen, sources: [{ name: "prod", bearer: { env: "PROD" } }], defaultRoom: "ops", ...more });

const people = { rooms: [{ name: "ops", room: "!abc", operators: { "@eye:example.org": "viewer" } }] };

describe("what of a new file is taken", () => {
  test("the same file changes nothing", () => {
    expect(compare(config(), config(), config())).toMatchObject({ applied: [], needsRestart: [] });
  });

  test("people, thresholds and the time zone at once", () => {
    const next = config({ ...people, timeZone: "Europe/Moscow", thresholds: { nodeCpu: { warn: 0.5 } } });

    const reload = compare(config(), config(), next);

    expect(reload).toMatchObject({ applied: ["rooms", "timeZone", "thresholds"], needsRestart: [] });
    expect([...(reload.config.rooms[0]?.operators.keys() ?? [])]).toEqual(["@eye:example.org"]);
  });

  test("account, database and admin port only at the next start: until then the old ones are in force, and it is said again each time", () => {
    const next = config({ admin: { port: 1 }, store: { sqlite: { file: "/other.db" } }, ...people });

    const first = compare(config(), config(), next);
    const second = compare(config(), first.config, next);

    expect(first).toMatchObject({ applied: ["rooms"], needsRestart: ["store", "admin"] });
    expect(first.config).toMatchObject({ admin: { port: 9090 }, store: { file: "/var/lib/opsroom/opsroom.db" } });
    expect(second).toMatchObject({ applied: [], needsRestart: ["store", "admin"] });
  });

  test("every key of the configuration is either taken at once or needs a restart", () => {
    const started = config({ alerts: alerts({ port: 2 }) });
    const other = config({
      ...people,
      matrix: { homeserver: "https://other.example.org", accessToken: { env: "TOKEN" } },
      timeZone: "Europe/Moscow",
      store: { sqlite: { file: "/other.db" } },
      clusters: [{ name: "other", inCluster: true }],
      homeservers: [{ name: "a", serverName: "a.example.org", cluster: "other", namespace: "a", shape: "ess" }],
      alerts: alerts({ port: 1 }, { severityLabel: "priority" }),
      schedules: { "backup-daily": { cron: "0 7 * * *" } },
      thresholds: { stale: "1h" },
      deadlines: { known: "1s" },
      retention: { events: "1d" },
      admin: { port: 1 },
      log: { level: "debug" },
    });
    const { applied, needsRestart } = compare(started, started, other);

    const keys = [...applied, ...needsRestart].map((key) => key.replace(/\..*/u, ""));
    expect(new Set(keys)).toEqual(new Set(Object.keys(started)));
  });

  test("of alerts, who is mentioned counts at once; where it listens and who sends counts at the next start", () => {
    const started = config({ alerts: alerts({ port: 1 }) });
    const pings = [{ mention: ["@nadia:example.org"] }];
    const next = config({ alerts: { ...alerts({ port: 2 }, { pings }), sources: [{ name: "other", bearer: { env: "OTHER" } }] } });

    const { config: taken, applied, needsRestart } = compare(started, started, next);

    expect({ applied, needsRestart }).toEqual({ applied: ["alerts"], needsRestart: ["alerts.listen", "alerts.sources"] });
    expect(taken.alerts).toMatchObject({ listen: { port: 1 }, credentials: [{ source: "prod" }], settings: { sources: [{ name: "prod" }], pings } });
  });

  test("whether alerts are taken at all counts at the next start", () => {
    const [without, taking] = [config(), config({ alerts: alerts({ port: 1 }) })];
    const restart = ["alerts.listen", "alerts.sources"];

    expect(compare(without, without, taking)).toMatchObject({ applied: [], needsRestart: restart, config: { alerts: undefined } });
    expect(compare(taking, taking, without)).toMatchObject({ applied: [], needsRestart: restart, config: { alerts: taking.alerts } });
  });
});

describe("reading again", () => {
  const mistakes = new ConfigMistakes("test.yaml", [{ path: "rooms", line: 1, found: "nothing", allowed: "a list" }]);

  test("a bad file keeps the old, is told, and the next good one is taken", async () => {
    const loads = [() => Promise.reject(mistakes), () => Promise.resolve(config(people))];
    const told: (Reload | ConfigMistakes)[] = [];
    const reloader = createReloader({
      started: config(),
      load: () => (loads.shift() ?? (() => Promise.resolve(config())))(),
      onGood: (reload) => void told.push(reload),
      onBad: (bad) => void told.push(bad),
    });

    await reloader.reload();
    const afterBad = reloader.current();
    await reloader.reload();

    expect(told[0]).toBe(mistakes);
    expect(afterBad).toEqual(config());
    expect(told[1]).toMatchObject({ applied: ["rooms"] });
    expect(reloader.current().rooms).toEqual(config(people).rooms);
  });

  test("what could not be put in force is tried again by the next reading", async () => {
    const applied: Reload["applied"][] = [];
    const reloader = createReloader({
      started: config(),
      load: () => Promise.resolve(config(people)),
      onGood: (reload) => {
        applied.push(reload.applied);
        if (applied.length === 1) throw new Error("the homeserver is away");
      },
      onBad: () => undefined,
    });

    await expect(reloader.reload()).rejects.toThrow("the homeserver is away");
    await reloader.reload();

    expect(applied).toEqual([["rooms"], ["rooms"]]);
  });

  test("ten signals while it reads are one more reading, after it", async () => {
    let reading = 0;
    let most = 0;
    let count = 0;
    const reloader = createReloader({
      started: config(),
      load: async () => {
        count += 1;
        reading += 1;
        most = Math.max(most, reading);
        await Promise.resolve();
        reading -= 1;
        return config();
      },
      onGood: () => undefined,
      onBad: () => undefined,
    });

    const first = reloader.reload();
    await Promise.resolve();
    await Promise.all([first, ...Array.from({ length: 10 }, () => reloader.reload())]);

    expect({ most, count }).toEqual({ most: 1, count: 2 });
  });
});
