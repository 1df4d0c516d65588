/** The whole fleet: 12 lines for the room, the detail for the thread. Pure. */
import type { View } from "../../chat/command.ts";
import type { Line, Reply } from "../../chat/line.ts";
import type { Picture } from "../verdicts.ts";
import { headline } from "./headline.ts";
import { figuresText, gapLines } from "./notes.ts";
import { competitionText } from "./problem-text.ts";
import { homeserverRows, nodeRows, rowsWithin } from "./rows.ts";
import { overviewThread } from "./overview-thread.ts";

const roomLines = 12;
const mostGaps = 2;
const mostMessaging = 2;

/** `messaging`: what is to be said of Opsroom's own messages. `all`: the thread has every node and homeserver, as far as a message holds them; else those that are not well, and all homeservers. */
export function renderOverview(picture: Picture, all: boolean, messaging: readonly Line[], view: View): Reply {
  const { nodes, homeservers, gaps, competitions } = picture;
  const top: readonly Line[] = [
    { text: headline(picture, view), strong: true },
    ...competitions.slice(0, 1).map((each): Line => ({ text: competitionText(each) })),
    ...messaging.slice(0, mostMessaging),
    ...gapLines(gaps, mostGaps, view),
  ];
  const room = roomLines - top.length - 1;
  const forHomeservers = Math.min(homeservers.length, Math.max(Math.floor(room / 2), room - nodes.length));
  const thread = overviewThread(picture, all, mostGaps, view);
  const between = homeservers.length === 0 ? capital(figuresText(picture, view)) : `Homeservers (${figuresText(picture, view)})`;
  return {
    room: [...top, ...rowsWithin(nodes, room - forHomeservers, nodeRows), { text: between }, ...rowsWithin(homeservers, forHomeservers, homeserverRows)],
    ...(thread.length === 0 ? {} : { thread }),
  };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
