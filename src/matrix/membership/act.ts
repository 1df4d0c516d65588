/** Entering and leaving rooms as decided. */
import type { RoomId, UserId } from "../../ids.ts";
import type { Log } from "../../observe/log.ts";
import type { MatrixApi } from "../api.ts";
import { MatrixFailure } from "../failure.ts";
import type { RoomAct } from "./decide.ts";
import type { Teller } from "./notices.ts";

export interface ActNeeds {
  readonly api: Pick<MatrixApi, "state" | "join" | "leave">;
  readonly operators: () => ReadonlySet<UserId>;
  readonly teller: Teller;
  readonly log: Log;
  /** Why we were put out of a room, where a sync told; taken off when we are in again. */
  readonly whyLeft: Map<RoomId, string>;
  /** Whether every configured address is known: if not, any room could be the one. */
  readonly allKnown: () => boolean;
}

/** @returns whether it is done; if not, it is to be tried again @throws MatrixFailure `unauthorised`; the signal's reason */
export async function carryOut(act: RoomAct, needs: ActNeeds, signal: AbortSignal): Promise<boolean> {
  const { api, teller, log, allKnown } = needs;
  const { room } = act;
  try {
    switch (act.kind) {
      case "accept":
        await api.join(room, signal);
        await teller.tell({ kind: "invited-in", room, by: act.by });
        return true;
      case "decline":
        if (!allKnown()) return true;
        await api.leave(room, "Opsroom joins only where its operators invite it.", signal);
        await teller.tell({ kind: "declined", room, by: act.by });
        return true;
      case "question":
        if (!allKnown() || (await anOperatorIsIn(room, needs, signal))) return true;
        await api.leave(room, "None of Opsroom's operators is here.", signal);
        await teller.tell({ kind: "left", room });
        return true;
      case "enter":
        return await enter(act, needs, signal);
      default:
        return act satisfies never;
    }
  } catch (error) {
    const failure = ordinary(error, signal);
    log.warn({ room, act: act.kind, failure: failure.message }, "a room could not be entered or left; it is tried again");
    return false;
  }
}

async function enter({ room, invited }: RoomAct & { readonly kind: "enter" }, { api, teller, whyLeft }: ActNeeds, signal: AbortSignal): Promise<boolean> {
  const why = whyLeft.get(room);
  try {
    await api.join(room, signal);
  } catch (error) {
    const failure = ordinary(error, signal);
    // Only what the homeserver says of the room is a loss; when it cannot be asked, nothing is known.
    if (failure.kind === "unreachable" || failure.kind === "limited") return false;
    await teller.tellOnce({ kind: "lost", room, why: why ?? (invited ? failure.message : `not in it and not invited: ${failure.message}`) });
    return false;
  }
  if (why !== undefined) await teller.tellOnce({ kind: "lost", room, why });
  whyLeft.delete(room);
  if (teller.takeBack("lost", room)) await teller.tell({ kind: "back", room });
  return true;
}

async function anOperatorIsIn(room: RoomId, { api, operators }: ActNeeds, signal: AbortSignal): Promise<boolean> {
  for (const operator of operators()) {
    const member = await api.state(room, "m.room.member", operator, signal);
    if (typeof member === "object" && member !== null && "membership" in member && member.membership === "join") return true;
  }
  return false;
}

/** A failure that only this call has. @throws everything else */
function ordinary(error: unknown, signal: AbortSignal): MatrixFailure {
  if (signal.aborted || !(error instanceof MatrixFailure) || error.kind === "unauthorised") throw error;
  return error;
}
