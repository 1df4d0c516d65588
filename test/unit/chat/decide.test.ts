import { describe, expect, test } from "vitest";
import * as z from "zod";
import { bindCommand } from "../../../src/chat/bound-command.ts";
import { defineCommand } from "../../../src/chat/command.ts";
import { decide, type Circumstances } from "../../../src/chat/decide.ts";
import type { Role } from "../../../src/chat/roles.ts";
import { parseRoomId } from "../../../src/ids.ts";
import { mallory, nadia, oleg, opsRoom, typedEvent } from "../../support/events.ts";

const command = (name: string, role: Role) =>
  bindCommand(
    defineCommand({
      name,
      summary: name,
      examples: [`!${name}`],
      role,
      args: z.object({}),
      positional: [],
      deadlineMs: 1000,
      run: async () => name,
      render: () => ({ room: [] }),
    }),
    {},
  );

const circumstances: Circumstances = {
  encrypted: false,
  accept: "signed",
  rooms: new Map([
    [
      opsRoom,
      {
        name: "ops",
        operators: new Map<typeof nadia, Role>([
          [nadia, "operator"],
          [oleg, "viewer"],
        ]),
      },
    ],
  ]),
  commands: new Map([command("status", "viewer"), command("audit", "operator")].map((each) => [each.name, each])),
  now: Date.UTC(2026, 5, 12, 15, 0, 1),
  maxAgeMs: 600_000,
};

describe("what is done about an event", () => {
  test("an operator's command is run", () => {
    expect(decide(typedEvent("!status"), circumstances)).toMatchObject({ kind: "run", role: "operator", command: { name: "status" } });
  });

  test("someone whom the configuration does not name gets nothing done, whatever the display name in the event", () => {
    expect(decide(typedEvent("!status", { sender: mallory, content: { displayname: "nadia", sender: nadia } }), circumstances)).toEqual({
      kind: "stranger",
      name: "status",
    });
  });

  test("a viewer may not do what needs an operator", () => {
    expect(decide(typedEvent("!audit", { sender: oleg }), circumstances)).toMatchObject({
      kind: "say",
      outcome: "refused",
      text: "!audit needs the role operator; yours here is viewer.",
    });
  });

  test("a command typed in another room is nobody's business", () => {
    expect(decide(typedEvent("!status", { room: parseRoomId("!elsewhere:example.org") }), circumstances)).toEqual({ kind: "ignore" });
  });

  test("an old command is not run", () => {
    const sentAt = circumstances.now - circumstances.maxAgeMs - 1;
    expect(decide(typedEvent("!status", { sentAt }), circumstances)).toEqual({ kind: "too-old", name: "status", ageMs: 600_001 });
  });

  test("a command that took Opsroom down three times is not begun a fourth time", () => {
    expect(decide(typedEvent("!status", { attempts: 3 }), circumstances)).toEqual({ kind: "given-up", name: "status", attempts: 3 });
  });

  test("an unknown command names the nearest that the asker may run", () => {
    expect(decide(typedEvent("!statsu"), circumstances)).toMatchObject({ text: "There is no !statsu. Did you mean !status? !help lists what there is." });
    expect(decide(typedEvent("!adit", { sender: oleg }), circumstances)).toMatchObject({ text: "There is no !adit. !help lists what there is." });
  });

  test.each([
    ["an edit", { "m.new_content": {}, "m.relates_to": { rel_type: "m.replace", event_id: "$x" } }],
    ["a notice of another bot", { msgtype: "m.notice" }],
    ["a body that is no text", { body: 5 }],
  ])("%s is not a command", (_name, content) => {
    expect(decide(typedEvent("!status", { content }), circumstances)).toEqual({ kind: "ignore" });
  });
});
