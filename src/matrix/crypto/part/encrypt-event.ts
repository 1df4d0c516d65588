/** Encrypts one event for everybody in its room who may read it, after they were given the key. */
import { OpsroomError } from "../../../errors.ts";
import type { RoomId, UserId } from "../../../ids.ts";
import type { EncryptedRoom } from "../../../store/encryption-store.ts";
import { MatrixFailure } from "../../failure.ts";
import type { OutgoingRequest } from "../machine/outgoing.ts";
import type { Keeper } from "./keeper.ts";
import type { Readers } from "./readers.ts";

type Content = Readonly<Record<string, unknown>>;

export interface EncryptNeeds {
  readonly account: UserId;
  readonly keeper: Pick<Keeper, "use">;
  readonly readers: Pick<Readers, "of">;
  readonly send: (request: OutgoingRequest, signal: AbortSignal) => Promise<unknown>;
}

/** Queries, claims and shares of one message; with more the homeserver never answers what was asked. */
const mostRounds = 20;

/** Under the room's lock. @returns the content of an `m.room.encrypted` @throws MatrixFailure, OpsroomError: nothing was encrypted, it is to be tried again */
export async function encryptEvent(
  { room, rotateAfterMs, rotateAfterMessages }: EncryptedRoom,
  type: string,
  content: Content,
  { account, keeper, readers, send }: EncryptNeeds,
  signal: AbortSignal,
): Promise<Content> {
  for (let round = 0; round < mostRounds; round += 1) {
    signal.throwIfAborted();
    // Anew in each round: who leaves meanwhile gets no key.
    const { users, history } = await readers.of(room, signal);
    const encryption = { room, readers: [...new Set([...users, account])], rotateAfterMs, rotateAfterMessages, history, devices: "all" as const };
    const step = await keeper.use((machine) => machine.encrypt(encryption, type, content));
    if (step.kind === "encrypted") return beside(step.content, content);
    for (const request of step.requests) await send(request, signal);
  }
  throw new MatrixFailure("unreachable", `${room}: keys were asked for ${mostRounds} times and never known`);
}

/** Homeservers and clients look for the relation in clear. */
function beside(encrypted: Content, { "m.relates_to": relation }: Content): Content {
  return relation === undefined ? encrypted : { ...encrypted, "m.relates_to": relation };
}

/** What is said to a room that speaks what we do not. */
export function unknownAlgorithm({ room, algorithm }: Pick<EncryptedRoom, "room" | "algorithm"> & { readonly room: RoomId }): string {
  return `the room ${room} is encrypted in a way that is not known (${algorithm === "" ? "it does not say which" : JSON.stringify(algorithm.slice(0, 60))})`;
}

/** What keeps a message from being encrypted now and may heal; `undefined` for a bug. */
export function mayHeal(error: unknown): error is MatrixFailure | OpsroomError {
  return error instanceof MatrixFailure || error instanceof OpsroomError;
}
