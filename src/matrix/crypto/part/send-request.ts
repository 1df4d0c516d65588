/** Sends what the machine wants sent, and tells it what was answered. */
import type { MatrixApi } from "../../api.ts";
import { MatrixFailure } from "../../failure.ts";
import type { OutgoingRequest } from "../machine/outgoing.ts";
import { forgotten } from "./faults.ts";
import type { Keeper } from "./keeper.ts";

export interface SendRequestNeeds {
  readonly api: Pick<MatrixApi, "request" | "send">;
  readonly keeper: Pick<Keeper, "use" | "breakOff">;
  /** For what belongs into a room. */
  readonly encrypt: (request: Extract<OutgoingRequest, { readonly kind: "room-event" }>, signal: AbortSignal) => Promise<Readonly<Record<string, unknown>>>;
}

/** @returns the homeserver's answer @throws MatrixFailure; OpsroomError when it shows that our keys are not the homeserver's */
export async function sendRequest(request: OutgoingRequest, { api, keeper, encrypt }: SendRequestNeeds, signal: AbortSignal): Promise<unknown> {
  const answer = await put();
  await keeper.use((machine) => machine.markSent(request, answer));
  return answer;

  async function put(): Promise<unknown> {
    if (request.kind === "room-event") {
      const content = await encrypt(request, signal);
      return { event_id: await api.send(request.room, "m.room.encrypted", request.id, content, signal) };
    }
    try {
      return await api.request(request, signal);
    } catch (error) {
      // Synapse: `One time key signed_curve25519:AAAAHQ already exists. Old key: …; new key: …`
      if (request.kind !== "keys-upload" || !(error instanceof MatrixFailure) || error.status !== 400 || !/already exists/iu.test(error.message)) throw error;
      const fault = forgotten("The homeserver has other one-time keys of this device than we have");
      await keeper.breakOff(fault);
      throw fault;
    }
  }
}
