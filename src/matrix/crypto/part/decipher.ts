/** Reads an encrypted event of the inbox: what it says, who said it, and how certain that is. */
import type { Clock } from "../../../clock.ts";
import type { UserId } from "../../../ids.ts";
import type { PendingEvent } from "../../../store/store.ts";
import { isAccepted, type AcceptFrom } from "../../../trust.ts";
import type { Decryption } from "../machine/decryption.ts";
import type { OutgoingRequest } from "../machine/outgoing.ts";
import type { Keeper } from "./keeper.ts";

export interface DecipherNeeds {
  readonly keeper: Pick<Keeper, "use">;
  readonly accept: AcceptFrom;
  readonly send: (request: OutgoingRequest, signal: AbortSignal) => Promise<unknown>;
  readonly clock: Pick<Clock, "now">;
}

/** A sender's devices are not asked for again within this. */
const askAgainMs = 10_000;
const mostAsked = 1000;

/** @returns a function that throws OpsroomError when the keys are not open, and MatrixFailure when the sender's devices could not be asked for */
export function createDecipher({ keeper, accept, send, clock }: DecipherNeeds): (event: PendingEvent, signal: AbortSignal) => Promise<Decryption> {
  const asked = new Map<UserId, number>();

  /** As long as nobody asked for a sender's devices, every one counts as not signed. */
  const askFor = async (sender: UserId, signal: AbortSignal): Promise<boolean> => {
    const before = asked.get(sender);
    if (before !== undefined && clock.now() - before < askAgainMs) return false;
    const requests = await keeper.use(async (machine) => {
      await machine.trackUsers([sender]);
      return await machine.outgoing();
    });
    const queries = requests.filter(({ kind }) => kind === "keys-query");
    for (const query of queries) await send(query, signal);
    if (asked.size >= mostAsked) asked.clear();
    asked.set(sender, clock.now());
    return queries.length > 0;
  };

  return async (event, signal) => {
    const raw = {
      event_id: event.eventId,
      type: event.type,
      sender: event.sender,
      origin_server_ts: event.sentAt,
      room_id: event.room,
      content: event.content,
    };
    const decrypt = async (): Promise<Decryption> => await keeper.use((machine) => machine.decrypt(raw, event.room));
    const read = await decrypt();
    if (read.kind === "undecryptable" || isAccepted(read.trust, accept)) return read;
    return (await askFor(event.sender, signal)) ? await decrypt() : read;
  };
}
