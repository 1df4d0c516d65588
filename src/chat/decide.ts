/** What is to be done about one event of the room. Pure: who may, what was typed, how old it is. */
import type { BoundCommand, Prepared } from "./bound-command.ts";
import { distrustOf, type Distrust } from "./distrust.ts";
import type { HeardEvent } from "./heard.ts";
import { suggestion } from "./nearest.ts";
import { looksLikeCommand, parseTyped } from "./parse.ts";
import { mayAct, type Role } from "./roles.ts";
import { roleIn, type OpsRooms } from "./rooms.ts";
import type { AcceptFrom } from "../trust.ts";

export type Decision =
  /** Not for us. */
  | { readonly kind: "ignore" }
  /** Typed by somebody without a role: nothing is done. */
  | { readonly kind: "stranger"; readonly name: string }
  /** Nobody can tell that it is from who it says, as well as this room asks for. */
  | { readonly kind: "distrusted"; readonly name: string; readonly distrust: Distrust }
  /** Typed while Opsroom was away. */
  | { readonly kind: "too-old"; readonly name: string; readonly ageMs: number }
  /** Begun several times and never finished. */
  | { readonly kind: "given-up"; readonly name: string; readonly attempts: number }
  | { readonly kind: "say"; readonly name: string; readonly text: string; readonly outcome: "ok" | "refused" }
  | { readonly kind: "help"; readonly command: BoundCommand }
  | { readonly kind: "run"; readonly command: BoundCommand; readonly role: Role; readonly prepared: Extract<Prepared, { readonly kind: "ready" }> };

export interface Circumstances {
  readonly rooms: OpsRooms;
  readonly commands: ReadonlyMap<string, BoundCommand>;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly maxAgeMs: number;
  /** Whether the event's room is encrypted, or has to be. */
  readonly encrypted: boolean;
  /** From which devices commands are taken where it is. */
  readonly accept: AcceptFrom;
}

/** After this many beginnings a command is not begun again: it would take Opsroom down once more. */
const mostAttempts = 3;

export function decide(event: HeardEvent, { rooms, commands, now, maxAgeMs, encrypted, accept }: Circumstances): Decision {
  const text = typedText(event);
  if (text === undefined || !rooms.has(event.room)) return { kind: "ignore" };
  const typed = parseTyped(text);
  if (typed.kind === "talk") return { kind: "ignore" };
  const { name } = typed;
  const role = roleIn(rooms, event.room, event.sender);
  if (role === undefined) return { kind: "stranger", name };
  const distrust = distrustOf(event, encrypted, accept);
  if (distrust !== undefined) return { kind: "distrusted", name, distrust };
  if (now - event.sentAt > maxAgeMs) return { kind: "too-old", name, ageMs: now - event.sentAt };
  if (event.attempts >= mostAttempts) return { kind: "given-up", name, attempts: event.attempts };
  const command = commands.get(name);
  if (command === undefined) {
    const known = [...commands.values()].filter((each) => mayAct(role, each.role)).map((each) => each.name);
    return { kind: "say", name, outcome: "ok", text: `There is no !${name.slice(0, 40)}.${suggestion(name, known, "!")} !help lists what there is.` };
  }
  if (!mayAct(role, command.role)) return { kind: "say", name, outcome: "refused", text: `!${name} needs the role ${command.role}; yours here is ${role}.` };
  if (typed.kind === "unclosed") return { kind: "say", name, outcome: "ok", text: `A quote (${typed.quote}) is opened and not closed.` };
  const prepared = command.prepare(typed.words);
  if (prepared.kind === "help") return { kind: "help", command };
  if (prepared.kind === "mistake") return { kind: "say", name, outcome: "ok", text: prepared.text };
  return { kind: "run", command, role, prepared };
}

/** Whether an event can be a command at all. */
export function mayBeCommand(event: { readonly type: string; readonly content: Readonly<Record<string, unknown>> }): boolean {
  return typedText(event) !== undefined;
}

/** The text of a message that a person typed: no edit, no notice (bots speak in notices), nothing that is no command. */
function typedText({ type, content }: { readonly type: string; readonly content: Readonly<Record<string, unknown>> }): string | undefined {
  if (type !== "m.room.message" || content["msgtype"] !== "m.text") return undefined;
  const relation = content["m.relates_to"];
  if (typeof relation === "object" && relation !== null && "rel_type" in relation && relation.rel_type === "m.replace") return undefined;
  const body = content["body"];
  return typeof body === "string" && looksLikeCommand(body) ? body : undefined;
}
