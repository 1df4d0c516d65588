/**
 * Answers verifications by emoji that people begin with their clients: accepts those of operators, shows the emojis, and goes by what a person says of them.
 * A verification lives as long as the process; one that a restart ended is begun anew.
 */
import type { Clock } from "../../../clock.ts";
import { asError } from "../../../errors.ts";
import type { RoomId, UserId } from "../../../ids.ts";
import type { Log } from "../../../observe/log.ts";
import { wakeable } from "../../../wakeable.ts";
import type { CryptoMachine } from "../machine/machine.ts";
import type { OutgoingRequest } from "../machine/outgoing.ts";
import type { VerificationState } from "../machine/verifications.ts";
import type { CryptoPart } from "../part/part.ts";

/** Who the other is, and the verification's own name. */
export interface FlowName {
  readonly user: UserId;
  readonly flow: string;
}

export interface VerifierNeeds {
  readonly mayVerify: (user: UserId) => boolean;
  /** Shows a person the seven emojis; what they say comes by {@link Verifier.answer}. */
  readonly compare: (flow: FlowName, emojis: VerificationState["emojis"]) => Promise<void>;
  readonly ended: (flow: FlowName, how: "done" | { readonly reason: string; readonly byUs: boolean }) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface VerificationEvent {
  readonly event_id: string;
  readonly sender: UserId;
  readonly origin_server_ts: number;
  readonly type: string;
  readonly content: Readonly<Record<string, unknown>>;
}

type Part = Pick<CryptoPart, "standing" | "send" | "wake">;

export interface Verifier {
  /** Something came in these. */
  readonly observe: (flows: readonly FlowName[]) => void;
  /** An event of a verification that goes on in a room, decrypted. */
  readonly receive: (event: VerificationEvent, room: RoomId, machine: CryptoMachine) => Promise<void>;
  /** Whether a person found the emojis the same on both sides. */
  readonly answer: (flow: FlowName, same: boolean) => void;
  readonly mayVerify: (user: UserId) => boolean;
  readonly run: (part: Part, signal: AbortSignal) => Promise<void>;
}

/** What was done in one so far. */
export interface Progress {
  readonly accepted: boolean;
  readonly shown: boolean;
  readonly answer: boolean | undefined;
  readonly answered: boolean;
}

interface Live extends FlowName {
  progress: Progress;
}

const mostLive = 20;
const lookEveryMs = 30_000;
/** While one goes on: the machine tells nobody that it got further by what was sent. */
const lookOftenMs = 500;
const mostSteps = 6;

/** Pure. @param state `undefined`: there is no such verification (any more) */
export function nextAct(
  state: VerificationState | undefined,
  { accepted, shown, answer, answered }: Progress,
  allowed: boolean,
): "accept" | "refuse" | "go-on" | "show" | "confirm" | "differ" | "wait" | "forget" | "over" {
  if (state === undefined) return "forget";
  const { phase } = state;
  if (phase === "done" || phase === "cancelled") return "over";
  if (!allowed) return "refuse";
  if (phase === "requested" && !state.weAsked) return "accept";
  if (phase === "started" && !accepted) return "go-on";
  if (phase !== "emojis") return "wait";
  if (!shown) return "show";
  if (answer === undefined || answered) return "wait";
  return answer ? "confirm" : "differ";
}

export function createVerifier({ mayVerify, compare, ended, clock, log }: VerifierNeeds): Verifier {
  const bell = wakeable(clock);
  const live = new Map<string, Live>();
  const nameOf = ({ user, flow }: FlowName): string => `${user}\n${flow}`;

  const observe: Verifier["observe"] = (flows) => {
    for (const { user, flow } of flows) {
      const name = nameOf({ user, flow });
      const beginning = { accepted: false, shown: false, answer: undefined, answered: false };
      if (!live.has(name) && live.size < mostLive) live.set(name, { user, flow, progress: beginning });
    }
    bell.wake();
  };

  const step = async (one: Live, machine: CryptoMachine, part: Part, signal: AbortSignal): Promise<boolean> => {
    const { user, flow } = one;
    const { verifications } = machine;
    const state = await verifications.state(user, flow);
    const send = async (requests: readonly OutgoingRequest[]): Promise<void> => {
      for (const request of requests) await part.send(request, signal);
      part.wake();
    };
    const act = nextAct(state, one.progress, mayVerify(user));
    if (act !== "wait") log.debug({ user, flow, phase: state?.phase, act }, "a verification");
    switch (act) {
      case "accept":
        log.info({ user, flow }, "an operator verifies this device");
        await send(await verifications.accept(user, flow));
        return true;
      case "refuse":
        log.warn({ user, flow }, "a verification is refused: only operators may begin one");
        await send(await verifications.cancel(user, flow, false));
        live.delete(nameOf(one));
        return false;
      case "go-on":
        one.progress = { ...one.progress, accepted: true };
        await send(await verifications.start(user, flow));
        return true;
      case "show": {
        const emojis = state?.emojis ?? [];
        one.progress = { ...one.progress, shown: true };
        // The log is a way that does not lead over the homeserver.
        log.info({ user, flow, emojis: emojis.map(({ symbol, name }) => `${symbol} ${name}`).join(", ") }, "emojis to be compared");
        await compare(one, emojis);
        return true;
      }
      case "confirm":
        one.progress = { ...one.progress, answered: true };
        await send(await verifications.confirm(user, flow));
        return true;
      case "differ":
        one.progress = { ...one.progress, answered: true };
        await send(await verifications.cancel(user, flow, true));
        return true;
      case "over": {
        live.delete(nameOf(one));
        const cancelled = state?.cancelled;
        const how = state?.phase === "done" ? "done" : { reason: cancelled?.reason ?? "cancelled", byUs: cancelled?.byUs === true };
        log.info({ user, flow, how }, "a verification is over");
        part.wake();
        await ended(one, how);
        return false;
      }
      case "forget":
        live.delete(nameOf(one));
        return false;
      case "wait":
        // What came may have made the machine answer.
        part.wake();
        return false;
      default:
        return act satisfies never;
    }
  };

  return {
    mayVerify,
    observe,
    receive: async (event, room, machine) => {
      log.debug({ type: event.type, sender: event.sender, room }, "an event of a verification");
      await machine.verifications.receive({ ...event, room_id: room }, room);
      observe([{ user: event.sender, flow: flowOf(event) }]);
    },
    answer: (flow, same) => {
      const one = live.get(nameOf(flow));
      if (one !== undefined) one.progress = { ...one.progress, answer: same };
      bell.wake();
    },
    run: async (part, signal) => {
      while (!signal.aborted) {
        const standing = part.standing();
        for (const one of standing.kind === "open" ? [...live.values()] : []) {
          try {
            for (let steps = 0; steps < mostSteps && standing.kind === "open"; steps += 1) if (!(await step(one, standing.machine, part, signal))) break;
          } catch (error) {
            if (signal.aborted) return;
            log.warn({ err: asError(error), user: one.user, flow: one.flow }, "a verification could not go on; its own deadline ends it");
          }
        }
        await bell.wait(live.size > 0 ? lookOftenMs : lookEveryMs, signal);
      }
    },
  };
}

function flowOf({ event_id: own, content }: VerificationEvent): string {
  const relation = content["m.relates_to"];
  return typeof relation === "object" && relation !== null && "event_id" in relation && typeof relation.event_id === "string" ? relation.event_id : own;
}
