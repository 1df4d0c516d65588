/** Looks after this device's identity while Opsroom acts: establishes it whenever the keys were opened, and keeps the backup going. */
import type { Clock } from "../../../clock.ts";
import { asError } from "../../../errors.ts";
import type { UserId } from "../../../ids.ts";
import type { Log } from "../../../observe/log.ts";
import { MatrixFailure } from "../../failure.ts";
import type { CryptoMachine } from "../machine/machine.ts";
import type { CryptoPart } from "../part/part.ts";
import type { Request } from "./account-data.ts";
import { establish, type EstablishNeeds } from "./establish.ts";
import type { IdentityReport, Trouble } from "./report.ts";

export interface IdentityKeeperNeeds {
  readonly account: UserId;
  readonly request: Request;
  readonly recoveryKey: EstablishNeeds["recoveryKey"];
  readonly clock: Clock;
  readonly log: Log;
  /** Told of each trouble once, as long as it lasts. */
  readonly onTrouble: (trouble: Trouble) => void;
}

export interface IdentityKeeper {
  /** Hook of the crypto part. @throws MatrixFailure that may heal: to be tried again */
  readonly onReady: (machine: CryptoMachine, part: Pick<CryptoPart, "send" | "keysCame">, signal: AbortSignal) => Promise<void>;
  /** `undefined` before the keys were opened. */
  readonly report: () => IdentityReport | undefined;
  /** Backs up new room keys, until `signal` aborts. */
  readonly run: (part: Pick<CryptoPart, "standing" | "send" | "keysCame">, signal: AbortSignal) => Promise<void>;
}

const lookEveryMs = 20_000;
/** Lots of a hundred keys, one after another. */
const mostLots = 50;

export function createIdentityKeeper(needs: IdentityKeeperNeeds): IdentityKeeper {
  const { account, request, recoveryKey, clock, log, onTrouble } = needs;
  let report: IdentityReport | undefined;
  let told: readonly string[] = [];

  const settle = (now: IdentityReport): void => {
    report = now;
    log.info({ signed: now.signed, recovery: now.recovery, backup: now.backup }, "this device's identity was looked after");
    for (const trouble of now.troubles) {
      log.warn({ remedy: trouble.remedy }, trouble.found);
      if (!told.includes(trouble.found)) onTrouble(trouble);
    }
    told = now.troubles.map(({ found }) => found);
  };
  const onReady: IdentityKeeper["onReady"] = async (machine, part, signal) => {
    try {
      settle(await establish({ user: account, machine, request, send: part.send, recoveryKey, password: undefined, replace: false }, signal));
    } catch (error) {
      if (!(error instanceof MatrixFailure) || mayHeal(error)) throw error;
      const found = `The homeserver refuses what this device's identity needs: ${error.message}`;
      settle({
        signed: false,
        recovery: "none",
        backup: "none",
        troubles: [{ found, remedy: "Update the homeserver, or see its log; then start Opsroom again." }],
      });
    }
    // What the backup had may be what some message waits for.
    await part.keysCame();
  };
  const backUp = async (machine: CryptoMachine, part: Parameters<IdentityKeeper["run"]>[0], signal: AbortSignal): Promise<void> => {
    try {
      for (let lot = 0; lot < mostLots; lot += 1) {
        const next = await machine.backup.next();
        if (next === undefined) return;
        await part.send(next, signal);
      }
    } catch (error) {
      if (error instanceof MatrixFailure && (error.errcode === "M_WRONG_ROOM_KEYS_VERSION" || error.kind === "not-found")) {
        log.warn("the backup of room keys was replaced or removed by another client");
        await onReady(machine, part, signal);
      } else throw error;
    }
  };
  return {
    onReady,
    report: () => report,
    run: async (part, signal) => {
      while (!signal.aborted) {
        const standing = part.standing();
        try {
          if (standing.kind === "open" && report?.backup === "kept") await backUp(standing.machine, part, signal);
        } catch (error) {
          if (signal.aborted) return;
          log.warn({ err: asError(error) }, "new room keys could not be backed up; it is tried again");
        }
        await clock.sleep(lookEveryMs, signal).catch(() => undefined);
      }
    },
  };
}

function mayHeal({ kind }: MatrixFailure): boolean {
  return kind === "unreachable" || kind === "limited" || kind === "unauthorised";
}
