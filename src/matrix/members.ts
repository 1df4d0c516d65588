/** Reads `/members`. */
import * as z from "zod";
import { isUserId, type UserId } from "../ids.ts";
import { MatrixFailure } from "./failure.ts";

const answerShape = z.object({ chunk: z.array(z.unknown()) });
const member = z.object({
  type: z.literal("m.room.member"),
  state_key: z.string().refine(isUserId),
  content: z.object({ membership: z.string() }),
});

/** A member whose event makes no sense is left out. @throws MatrixFailure when it is no list of members */
export function readMembers(answer: unknown): { readonly joined: readonly UserId[]; readonly invited: readonly UserId[] } {
  const parsed = answerShape.safeParse(answer);
  if (!parsed.success) throw new MatrixFailure("unreachable", "members: an answer that is no list");
  const members = parsed.data.chunk.flatMap((raw) => member.safeParse(raw).data ?? []);
  const who = (membership: string): UserId[] => members.filter(({ content }) => content.membership === membership).map(({ state_key }) => state_key);
  return { joined: who("join"), invited: who("invite") };
}
