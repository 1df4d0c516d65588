import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runAlertsRoute } from "../../../src/cli/alerts-route.ts";

async function route(
  labels: string,
  given: { readonly receiver?: string; readonly json?: boolean } = {},
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const folder = await mkdtemp(join(tmpdir(), "opsroom-route-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "opsroom.yaml");
  await writeFile(
    file,
    JSON.stringify({
      matrix: { homeserver: "https://m.example", accessToken: { env: "TOKEN" } },
      rooms: [
        { name: "ops", room: "!ops:example.org", operators: { "@nadia:example.org": "operator" } },
        { name: "db", room: "!db:example.org", operators: { "@nadia:example.org": "operator" } },
      ],
      store: { sqlite: { file: "/tmp/x.db" } },
      alerts: {
        sources: [{ name: "prod", bearer: { env: "TOKEN" } }],
        defaultRoom: "ops",
        routes: [{ match: 'team="db"', rooms: ["db"] }],
        pings: [
          { severities: ["critical"], mention: ["@nadia:example.org"], always: true, escalate: { after: "15m", mention: ["@oleg:example.org"] } },
          { severities: ["critical", "warning"], mention: ["@lena:example.org"] },
        ],
        quietHours: { from: "22:00", to: "08:00" },
      },
    }),
  );
  let out = "";
  let err = "";
  const io = { out: (text: string) => (out += text), err: (text: string) => (err += text), env: {} };
  const code = await runAlertsRoute({ file, labels, receiver: given.receiver ?? "default", json: given.json ?? false, now: 0 }, io);
  return { code, out, err };
}

test("it tells the rooms, why, and who is mentioned when", async () => {
  expect((await route("alertname=X,severity=critical,team=db")).out.split("\n")).toEqual([
    "rooms      db (route 1 of the configuration)",
    "severity   critical",
    "mentioned  @nadia:example.org, @lena:example.org",
    "           during quiet hours: @nadia:example.org",
    "           after 15 min without an acknowledgement: @oleg:example.org",
    "",
  ]);
});

test("a room that is none goes to the default room, and it says so", async () => {
  expect(JSON.parse((await route("alertname=X,matrix_room=nowhere", { json: true })).out)).toMatchObject({
    rooms: ["ops"],
    unknown: ["nowhere"],
    severity: "unknown",
  });
});

test("what is no list of labels is refused in words", async () => {
  expect(await route("severity!=critical")).toMatchObject({ code: 1, err: expect.stringContaining("written with =") });
  expect(await route("severity")).toMatchObject({ code: 1, err: expect.stringContaining("is expected") });
});
