/** What one webhook call, and all of them together, may take. */

export interface IntakeLimits {
  /** Of a body, once it is unpacked. Generous: what is refused as too large, Alertmanager never sends again. */
  readonly bodyBytes: number;
  /** Of all bodies that are being read or wait to be kept. */
  readonly allBodiesBytes: number;
  /** Time for a request's headers. */
  readonly headersMs: number;
  /** Time for a body to arrive. */
  readonly bodyMs: number;
  /** Time to keep it: Alertmanager would wait longer, but to try again is as good. */
  readonly keepMs: number;
  readonly connections: number;
  /** Deliveries that wait for a transaction. */
  readonly waiting: number;
  /** Deliveries in one transaction. */
  readonly atOnce: number;
}

const MiB = 2 ** 20;

export const defaultLimits: IntakeLimits = {
  bodyBytes: 16 * MiB,
  allBodiesBytes: 24 * MiB,
  headersMs: 5000,
  bodyMs: 10_000,
  keepMs: 10_000,
  connections: 512,
  waiting: 2000,
  atOnce: 200,
};
