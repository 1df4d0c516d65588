/**
 * Verifying each other by comparing emojis (SAS). One side asks, the other accepts, one starts, and both see seven emojis; when both have confirmed, each
 * signs the other's identity. It goes on in messages to the device, or in a room: then {@link Verifications.receive} gets the room's events, decrypted.
 */
import type { Native, OpenMachine } from "@matrix-org/matrix-sdk-crypto-nodejs";
import type { DeviceId, RoomId, UserId } from "../../../ids.ts";
import { toOutgoing, type OutgoingRequest } from "./outgoing.ts";

/** `requested`: to be accepted; `ready`: either side may start; `started`: to be accepted or under way; `emojis`: to be compared. */
export type Phase = "waiting" | "requested" | "ready" | "started" | "emojis" | "done" | "cancelled";

export interface VerificationState {
  readonly phase: Phase;
  readonly weAsked: boolean;
  /** Seven, in the phase `emojis`. */
  readonly emojis: readonly { readonly symbol: string; readonly name: string }[];
  readonly cancelled: { readonly code: string; readonly reason: string; readonly byUs: boolean } | undefined;
}

type Outgoing = Parameters<typeof toOutgoing>[1];

/** A verification is named by who the other is, and by its flow: the transaction's id, or the event that asked. Each call answers what to send. */
export class Verifications {
  readonly #open: OpenMachine;

  constructor(open: OpenMachine) {
    this.#open = open;
  }

  /** Asks a device to verify us. `undefined` when it is not known. */
  async ask(user: UserId, device: DeviceId): Promise<{ readonly flow: string; readonly send: OutgoingRequest } | undefined> {
    const { wasm, run } = this.#open;
    return run(async (machine) => {
      const found = await machine.getDevice(new wasm.UserId(user), new wasm.DeviceId(device));
      if (found === undefined) return undefined;
      const [request, send] = found.requestVerification([wasm.VerificationMethod.SasV1]);
      return { flow: request.flowId, send: toOutgoing(wasm, send) };
    });
  }

  /** @param event of the room's timeline, decrypted: `m.room.message` with msgtype `m.key.verification.request`, or `m.key.verification.*` */
  async receive(event: Readonly<Record<string, unknown>>, room: RoomId): Promise<void> {
    const { wasm, run } = this.#open;
    await run((machine) => machine.receiveVerificationEvent(JSON.stringify(event), new wasm.RoomId(room)));
  }

  /** `undefined` when there is none: never was, was forgotten by a restart, or is over: it is `done` or `cancelled` until the sync after. */
  async state(user: UserId, flow: string): Promise<VerificationState | undefined> {
    return this.#with(user, flow, async (request, sas) => this.#read(request, sas));
  }

  async accept(user: UserId, flow: string): Promise<readonly OutgoingRequest[]> {
    return this.#send(user, flow, async (request) => [request.acceptWithMethods([this.#open.wasm.VerificationMethod.SasV1])]);
  }

  /** Starts comparing emojis, or accepts that the other side has started it. */
  async start(user: UserId, flow: string): Promise<readonly OutgoingRequest[]> {
    return this.#send(user, flow, async (request, sas) => {
      if (sas !== undefined) return [sas.accept()];
      const started = await request.startSas();
      return started === undefined ? [] : [started[1]];
    });
  }

  /** The emojis are the same on both sides. */
  async confirm(user: UserId, flow: string): Promise<readonly OutgoingRequest[]> {
    return this.#send(user, flow, async (_request, sas) => (sas === undefined ? [] : sas.confirm()));
  }

  /** They are not, or nobody wants it. */
  async cancel(user: UserId, flow: string, emojisDiffer: boolean): Promise<readonly OutgoingRequest[]> {
    return this.#send(user, flow, async (request, sas) => [emojisDiffer && sas !== undefined ? sas.cancelWithCode("m.mismatched_sas") : request.cancel()]);
  }

  async #send(
    user: UserId,
    flow: string,
    act: (request: Native.VerificationRequest, sas: Native.Sas | undefined) => Promise<readonly (Outgoing | undefined)[]>,
  ): Promise<readonly OutgoingRequest[]> {
    const sent = (await this.#with(user, flow, act)) ?? [];
    return sent.flatMap((each) => (each === undefined ? [] : [toOutgoing(this.#open.wasm, each)]));
  }

  async #with<Result>(
    user: UserId,
    flow: string,
    act: (request: Native.VerificationRequest, sas: Native.Sas | undefined) => Promise<Result>,
  ): Promise<Result | undefined> {
    const { wasm, run } = this.#open;
    return run(async (machine) => {
      const request = machine.getVerificationRequest(new wasm.UserId(user), flow);
      if (request === undefined) return undefined;
      const verification = request.getVerification();
      return act(request, verification instanceof wasm.Sas ? verification : undefined);
    });
  }

  #read(request: Native.VerificationRequest, sas: Native.Sas | undefined): VerificationState {
    const info = request.cancelInfo ?? sas?.cancelInfo();
    const cancelled = info === undefined ? undefined : { code: info.cancelCode(), reason: info.reason(), byUs: info.cancelledbyUs() };
    const phase = this.#phase(request, sas);
    const emojis = phase === "emojis" ? (sas?.emoji() ?? []).map(({ symbol, description }) => ({ symbol, name: description })) : [];
    return { phase, weAsked: request.weStarted(), emojis, cancelled };
  }

  #phase(request: Native.VerificationRequest, sas: Native.Sas | undefined): Phase {
    if (request.isCancelled() || sas?.isCancelled() === true) return "cancelled";
    if (request.isDone() || sas?.isDone() === true) return "done";
    if (sas !== undefined) return sas.canBePresented() && !sas.haveWeConfirmed() ? "emojis" : "started";
    const { VerificationRequestPhase } = this.#open.wasm;
    switch (request.phase()) {
      case VerificationRequestPhase.Requested:
        return "requested";
      case VerificationRequestPhase.Ready:
        return "ready";
      case VerificationRequestPhase.Created:
      case VerificationRequestPhase.Transitioned:
      case VerificationRequestPhase.Done:
      case VerificationRequestPhase.Cancelled:
      default:
        return "waiting";
    }
  }
}
