import { expect, test } from "vitest";
import { parseEventId } from "../../../src/ids.ts";
import { showRead, showTyping } from "../../../src/matrix/courtesy.ts";
import { MatrixFailure } from "../../../src/matrix/failure.ts";
import { silentLog } from "../../../src/observe/log.ts";
import { opsRoom } from "../../support/events.ts";

const signal = new AbortController().signal;
const event = parseEventId("$asked");

test("a homeserver that takes no read receipt or typing notice holds nothing up", async () => {
  const fails = async (): Promise<void> => {
    throw new MatrixFailure("unreachable", "502");
  };

  await expect(showRead({ markRead: fails }, opsRoom, event, silentLog, signal)).resolves.toBeUndefined();
  await expect(showTyping({ typing: fails }, opsRoom, true, silentLog, signal)).resolves.toBeUndefined();
});

test("typing is told for half a minute, and taken back with nought", async () => {
  const told: number[] = [];
  const typing = async (_: unknown, forMs: number): Promise<void> => {
    told.push(forMs);
  };

  await showTyping({ typing }, opsRoom, true, silentLog, signal);
  await showTyping({ typing }, opsRoom, false, silentLog, signal);

  expect(told).toEqual([30_000, 0]);
});

test("a bug is not swallowed", async () => {
  const markRead = async (): Promise<void> => {
    throw new TypeError("bug");
  };

  await expect(showRead({ markRead }, opsRoom, event, silentLog, signal)).rejects.toThrow("bug");
});
