/** A homeserver whose database was put back to an earlier time does not say so, but its sync tokens go back with it. */

/** Synapse's tokens begin with the position of its events: `s123_…`, or `m123~1.5_…` with several writers. */
const synapseToken = /^[sm](?<position>\d+)(?:[_~]|$)/u;

/**
 * Whether `next`, the answer to a sync from `since`, is before it. Synapse (1.163, `bound_future_token` in `synapse/streams/events.py`) takes a token that is ahead of its database
 * for where it is now, and goes on from there. Tokens of other servers are opaque: `false`.
 */
export function wentBack(since: string, next: string): boolean {
  const [before, after] = [positionOf(since), positionOf(next)];
  return before !== undefined && after !== undefined && after < before;
}

function positionOf(token: string): bigint | undefined {
  const digits = synapseToken.exec(token)?.groups?.["position"];
  return digits === undefined ? undefined : BigInt(digits);
}
