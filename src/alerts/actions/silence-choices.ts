/** What can be answered to “silence it?”, and when each ends. Pure. */
import type { View } from "../../chat/command.ts";
import { clockTime } from "../../chat/render/units.ts";
import type { Answer, Choice } from "../../prompts/prompt.ts";
import { silenceDuration, tomorrowMorning } from "./silence-time.ts";

const hourMs = 3_600_000;

export function durationChoices(view: View): readonly Choice[] {
  return [
    { name: "1h", emoji: "1️⃣", label: "1 h", yes: true },
    { name: "4h", emoji: "4️⃣", label: "4 h", yes: true },
    { name: "morning", emoji: "🌅", label: `until ${clockTime(tomorrowMorning(view), view)}`, yes: true },
    { name: "no", emoji: "❌", label: "leave it", yes: false },
  ];
}

export const confirmChoices: readonly Choice[] = [
  { name: "yes", emoji: "✅", label: "silence", yes: true },
  { name: "no", emoji: "❌", label: "leave it", yes: false },
];

/**
 * When it ends, counted from the answer, so that it is the same however often it is worked out. Milliseconds since 1970.
 * @param forMs what was asked for, when only yes or no was the question
 * @returns `undefined` when what was typed is no duration
 */
export function endOf({ choice, free, at }: Answer, forMs: number | undefined, timeZone: string): number | undefined {
  if (free !== undefined && free.trim() !== "") {
    const ms = silenceDuration(free);
    return ms === undefined ? undefined : at + ms;
  }
  switch (choice) {
    case "1h":
      return at + hourMs;
    case "4h":
      return at + 4 * hourMs;
    case "morning":
      return tomorrowMorning({ now: at, timeZone });
    case "yes":
      return forMs === undefined ? undefined : at + forMs;
    default:
      return undefined;
  }
}
