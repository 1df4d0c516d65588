/** A question as its message, while it is open and when it is over. Pure. */
import type { View } from "../chat/command.ts";
import type { Line } from "../chat/line.ts";
import { clockTime } from "../chat/render/units.ts";
import type { Prompt } from "./prompt.ts";

/** How the message of an open question without votes ends. */
export const tailOfOpen = "No answer means no.";

/** What was asked stays readable whatever became of it. */
export function renderPrompt(prompt: Prompt, view: View): readonly Line[] {
  return [...prompt.lines, ...(prompt.status === "open" ? howToAnswer(prompt, view) : outcome(prompt, view))];
}

function howToAnswer({ choices, code, free, people, needed, notBy, votes, deadlineAt }: Prompt, view: View): readonly Line[] {
  const answers = choices.map(({ name, emoji, label }): Line => ({
    item: [emoji === undefined ? "" : `${emoji} or `, { code: `!confirm ${code} ${name}` }, `: ${label}`],
  }));
  const other = free ? [{ item: ["or another: ", { code: `!confirm ${code} 90m` }] } as const] : [];
  const who =
    needed === 2
      ? `Two of ${people.join(", ")}${notBy === undefined ? "" : `, not ${notBy}`}`
      : people.length === 1
        ? `Only ${people.join("")}`
        : `One of ${people.join(", ")}`;
  const said = votes.map(({ by, choice, free: typed }): Line => ({ text: `☑️ ${by}: ${typed ?? choice}` }));
  const until = needed === 2 ? `for the same answer, until ${clockTime(deadlineAt, view)}` : `until ${clockTime(deadlineAt, view)}`;
  return [...answers, ...other, { text: `${who} may answer, ${until}. ${tailOfOpen}` }, ...said];
}

function outcome({ status, answer, why }: Prompt, view: View): readonly Line[] {
  switch (status) {
    case "answered":
    case "used": {
      if (answer === undefined) return [];
      const who = `${answer.by.join(" and ")}, ${clockTime(answer.at, view)}`;
      return [{ text: answer.yes ? `✅ ${answer.free ?? answer.choice}: ${who}` : `❌ ${answer.choice}: ${who}. Nothing is done.`, strong: true }];
    }
    case "expired":
      return [{ text: "⌛ Nobody answered in time: nothing was done.", strong: true }];
    case "withdrawn":
      return [{ text: `✖️ ${why === undefined ? "Taken back" : `Taken back, since ${why}`}: nothing is done.`, strong: true }];
    case "open":
      return [];
    default:
      return status satisfies never;
  }
}
