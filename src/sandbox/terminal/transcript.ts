/** The room as lines of text: messages with numbers, threads indented, edits and reactions beside the number they belong to. */
import { manyLines, oneLine } from "../../chat/render/outside-text.ts";
import type { ChatEvent } from "../client.ts";
import { bodyOf, linksOf } from "./relation.ts";

/** Lines to show. `of` is the message whose text they are: when it is still the last thing shown, an edit takes its place. */
export interface Shown {
  readonly lines: readonly string[];
  readonly of?: string;
  readonly replaces?: string;
  /** What the lines are when they cannot take the place of the old ones. */
  readonly otherwise?: readonly string[];
}

export interface Transcript {
  /** `undefined`: nothing to show. */
  readonly take: (event: ChatEvent) => Shown | undefined;
  /** The event behind a number. */
  readonly numbered: (number: number) => ChatEvent | undefined;
  /** What this person said last outside of threads. */
  readonly newestBy: (userId: string) => ChatEvent | undefined;
}

const keptAtMost = 5000;

/** `nameOf` gives a person's short name, whatever they call themselves. */
export function transcript(nameOf: (userId: string) => string): Transcript {
  const byNumber = new Map<number, ChatEvent>();
  const numbers = new Map<string, number>();
  const reactions = new Map<string, { readonly to: string; readonly emoji: string }>();
  let last = 0;

  const number = (event: ChatEvent): number => {
    last += 1;
    byNumber.set(last, event);
    numbers.set(event.event_id, last);
    forgetOld(byNumber, numbers, last - keptAtMost);
    return last;
  };
  const name = (event: ChatEvent): string => oneLine(nameOf(event.sender));
  const known = (id: string): string => String(numbers.get(id) ?? "?");

  function message(event: ChatEvent): Shown | undefined {
    const links = linksOf(event);
    if (links.edits !== undefined) return edit(event, links.edits);
    const own = number(event);
    const at = links.thread === undefined ? "" : ` ↳ ${known(links.thread)}`;
    return { lines: block(`${own}${at} ${name(event)}`, bodyOf(event), links.thread !== undefined), of: event.event_id };
  }

  function edit(event: ChatEvent, original: string): Shown | undefined {
    const number = numbers.get(original);
    const first = number === undefined ? undefined : byNumber.get(number);
    // Only the author can change what they said.
    if (first === undefined || first.sender !== event.sender) return undefined;
    const links = linksOf(first);
    const inThread = links.thread !== undefined;
    const at = links.thread === undefined ? "" : ` ↳ ${known(links.thread)}`;
    return {
      lines: block(`${number}${at} ${name(event)}`, bodyOf(event), inThread),
      replaces: original,
      of: original,
      otherwise: block(`✎ ${number} ${name(event)}`, bodyOf(event), inThread),
    };
  }

  function redaction(event: ChatEvent, target: string): Shown | undefined {
    const reaction = reactions.get(target);
    if (reaction !== undefined) return { lines: [`  ${known(reaction.to)} ✗ ${reaction.emoji} ${name(event)}`] };
    return numbers.has(target) ? { lines: [`✗ ${known(target)} removed by ${name(event)}`] } : undefined;
  }

  return {
    numbered: (number) => byNumber.get(number),
    newestBy: (userId) => [...byNumber.values()].findLast((event) => event.sender === userId && linksOf(event).thread === undefined),
    take: (event) => {
      const links = linksOf(event);
      if (event.type === "m.room.message") return message(event);
      if (event.type === "m.room.redaction" && links.redacts !== undefined) return redaction(event, links.redacts);
      if (event.type === "m.reaction" && links.reactsTo !== undefined) {
        const emoji = oneLine(links.emoji ?? "");
        reactions.set(event.event_id, { to: links.reactsTo, emoji });
        const oldest = reactions.keys().next();
        if (reactions.size > keptAtMost && oldest.done !== true) reactions.delete(oldest.value);
        return { lines: [`  ${known(links.reactsTo)} ← ${emoji} ${name(event)}`] };
      }
      return event.type === "m.room.member" ? member(event) : undefined;
    },
  };

  function member(event: ChatEvent): Shown {
    const who = oneLine(nameOf(event.state_key ?? event.sender));
    const did = { join: "is here", leave: "has left", ban: "is banned", invite: "is invited" }[String(event.content["membership"])];
    return { lines: [`— ${who} ${did ?? "changed"}`] };
  }
}

function block(head: string, body: string, indented: boolean): readonly string[] {
  const lines = manyLines(body);
  const [first = "", ...rest] = lines;
  const whole = lines.length > 1 ? [`${head}:`, ...lines.map((line) => `    ${line}`)] : [`${head}: ${first}`, ...rest];
  return indented ? whole.map((line) => `    ${line}`) : whole;
}

function forgetOld(byNumber: Map<number, ChatEvent>, numbers: Map<string, number>, number: number): void {
  const old = byNumber.get(number);
  if (old === undefined) return;
  byNumber.delete(number);
  numbers.delete(old.event_id);
}
