/** People, their devices and their access tokens. */
import { randomBytes, scryptSync, timingSafeEqual } from "node:crypto";
import type { ChangeOf } from "./change.ts";
import type { RateLimit } from "./rate-limit.ts";

export interface Account {
  readonly userId: string;
  readonly displayName?: string | undefined;
  readonly passwordHash?: string | undefined;
  readonly admin: boolean;
}

export interface Device {
  readonly token: string;
  readonly userId: string;
  readonly deviceId: string;
  readonly displayName?: string | undefined;
}

export class Accounts {
  readonly #accounts = new Map<string, Account>();
  readonly #devices = new Map<string, Device>();
  readonly #limits = new Map<string, RateLimit>();

  apply(change: ChangeOf<"device" | "device-gone" | "device-name" | "logout" | "rate-limit" | "user">): void {
    switch (change.kind) {
      case "user":
        this.#accounts.set(change.userId, change);
        return;
      case "device":
        this.#devices.set(change.token, change);
        return;
      case "logout":
        this.#devices.delete(change.token);
        return;
      case "device-gone":
        for (const { token } of this.#tokensOf(change)) this.#devices.delete(token);
        return;
      case "device-name":
        for (const each of this.#tokensOf(change)) this.#devices.set(each.token, { ...each, displayName: change.displayName });
        return;
      case "rate-limit":
        if (change.limit === undefined) this.#limits.delete(change.userId);
        else this.#limits.set(change.userId, change.limit);
        return;
      default:
        change satisfies never;
    }
  }

  account(userId: string): Account | undefined {
    return this.#accounts.get(userId);
  }

  device(token: string): Device | undefined {
    return this.#devices.get(token);
  }

  /** Each once, however many tokens it has. */
  devicesOf(userId: string): readonly Device[] {
    const all = [...this.#devices.values()].filter((each) => each.userId === userId);
    return [...new Map(all.map((each) => [each.deviceId, each])).values()];
  }

  #tokensOf({ userId, deviceId }: Pick<Device, "deviceId" | "userId">): readonly Device[] {
    return [...this.#devices.values()].filter((each) => each.userId === userId && each.deviceId === deviceId);
  }

  rateLimitOverride(userId: string): RateLimit | undefined {
    return this.#limits.get(userId);
  }
}

// Cheap on purpose: these passwords guard a server on the loopback interface that holds nothing real.
const cost = { N: 1024 };

export function hashPassword(password: string): string {
  const salt = randomBytes(16);
  return `${salt.toString("hex")}:${scryptSync(password, salt, 32, cost).toString("hex")}`;
}

export function passwordMatches(password: string, hash: string | undefined): boolean {
  const [salt, wanted] = (hash ?? "").split(":");
  if (salt === undefined || wanted === undefined) return false;
  return timingSafeEqual(scryptSync(password, Buffer.from(salt, "hex"), 32, cost), Buffer.from(wanted, "hex"));
}
