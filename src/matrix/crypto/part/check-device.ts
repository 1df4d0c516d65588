/** Compares the homeserver's idea of this device with ours. */
import type { CryptoMachine } from "../machine/machine.ts";
import type { OutgoingRequest } from "../machine/outgoing.ts";
import { forgotten } from "./faults.ts";
import type { Keeper } from "./keeper.ts";

export interface CheckNeeds {
  readonly send: (request: OutgoingRequest, signal: AbortSignal) => Promise<unknown>;
  readonly keeper: Pick<Keeper, "breakOff">;
}

/** After our keys were uploaded. @throws OpsroomError when the homeserver has no keys or others for this device; MatrixFailure when it does not say */
export async function checkDevice(machine: CryptoMachine, { send, keeper }: CheckNeeds, signal: AbortSignal): Promise<void> {
  const { device } = await machine.identity.judge(await send(await machine.identity.query(), signal));
  if (device === "ours") return;
  const fault = forgotten(device === "missing" ? "The homeserver has forgotten this device's keys" : "The homeserver has other keys for this device");
  await keeper.breakOff(fault);
  throw fault;
}
