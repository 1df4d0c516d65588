/** Who and what there is in a question's life. */
import { parseUserId, type UserId } from "../../../src/ids.ts";
import type { Role } from "../../../src/chat/roles.ts";
import type { Question } from "../../../src/prompts/prompt.ts";

export const minute = 60_000;
export const nadia = parseUserId("@nadia:a");
export const oleg = parseUserId("@oleg:a");
export const lena = parseUserId("@lena:a");
/** A viewer who is on the list all the same. */
export const eye = parseUserId("@eye:a");
/** An operator who was not asked. */
export const olga = parseUserId("@olga:a");
export const mallory = parseUserId("@mallory:b");
/** We: on the list and an operator, by mistake. */
export const opsroom = parseUserId("@opsroom:a");

export const everybody: readonly UserId[] = [nadia, oleg, lena, eye, olga, mallory];
export const asked: readonly UserId[] = [nadia, oleg, lena, eye, opsroom];
export const rolesAtFirst: readonly (readonly [UserId, Role])[] = [
  [nadia, "operator"],
  [oleg, "operator"],
  [lena, "admin"],
  [eye, "viewer"],
  [olga, "admin"],
  [opsroom, "operator"],
];

export const choices: Question["choices"] = [
  { name: "now", emoji: "✅", label: "move it", yes: true },
  { name: "later", emoji: "4️⃣", label: "at night", yes: true },
  { name: "no", emoji: "❌", label: "leave it", yes: false },
];
export const askedForMs = 15 * minute;
export const goodForMs = 10 * minute;
