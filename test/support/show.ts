/** A reply as the room gets it, linted, for tests to look at. */
import { expect } from "vitest";
import type { Reply } from "../../src/chat/line.ts";
import { renderContent } from "../../src/chat/render/content.ts";
import { displayWidth } from "../../src/chat/render/width.ts";
import { lintHtml, preLines } from "./html-linter.ts";

export interface Shown {
  readonly room: string;
  readonly thread: string;
  readonly first: string;
}

/** @throws when a message breaks a rule: HTML that not every client shows, a table wider than a phone, more than 12 lines in the room. */
export function show(reply: Reply): Shown {
  const room = checked(reply.room);
  expect(reply.room.length).toBeLessThanOrEqual(12);
  expect(room.split("\n").length).toBeLessThanOrEqual(12);
  const thread = reply.thread === undefined ? "" : checked(reply.thread);
  return { room, thread, first: room.split("\n")[0] ?? "" };
}

function checked(lines: Reply["room"]): string {
  const content = renderContent(lines, { mentions: [] });
  expect(lintHtml(content.formatted_body)).toEqual([]);
  for (const line of preLines(content.formatted_body)) expect(displayWidth(line)).toBeLessThanOrEqual(38);
  expect(Buffer.byteLength(JSON.stringify(content))).toBeLessThan(32_000);
  return content.body;
}
