/** Bounds what people without a role can make Opsroom do: a few reactions and audit lines an hour, whatever they type. */
import type { UserId } from "../ids.ts";

export interface StrangerBudget {
  /** Whether this refusal is still shown and written down. */
  readonly take: (who: UserId, now: number) => boolean;
}

const hourMs = 3_600_000;

/** @param perPerson refusals shown to one person an hour @param inAll refusals shown to all of them an hour */
export function strangerBudget(perPerson = 3, inAll = 30): StrangerBudget {
  let windowStart = Number.NEGATIVE_INFINITY;
  let taken = 0;
  const byPerson = new Map<UserId, number>();
  return {
    take: (who, now) => {
      if (now - windowStart >= hourMs) {
        windowStart = now;
        taken = 0;
        byPerson.clear();
      }
      const mine = byPerson.get(who) ?? 0;
      if (taken >= inAll || mine >= perPerson) return false;
      taken += 1;
      byPerson.set(who, mine + 1);
      return true;
    },
  };
}
