/** Whose token it is. */
import type { Clock } from "../clock.ts";
import { OpsroomError } from "../errors.ts";
import type { DeviceId, UserId } from "../ids.ts";
import type { MatrixApi } from "../matrix/api.ts";
import { backOffMs } from "../matrix/backoff.ts";
import { MatrixFailure } from "../matrix/failure.ts";
import type { Log } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";

export interface WhoAmINeeds {
  readonly api: Pick<MatrixApi, "whoAmI">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: Pick<Metrics, "apiFailure">;
}

/** Asks who we are until the homeserver says so. @throws OpsroomError when it does not accept the token */
export async function whoAmI(
  { api, clock, random, log, metrics }: WhoAmINeeds,
  signal: AbortSignal,
): Promise<{ readonly user: UserId; readonly device: DeviceId | undefined }> {
  for (let failures = 1; ; failures += 1) {
    signal.throwIfAborted();
    try {
      const me = await api.whoAmI(signal);
      if (me.device === undefined)
        log.warn("the access token has no device: after a restart of the homeserver it may not know our transaction ids any more. `opsroom login` makes one");
      log.info({ user: me.user }, "logged in");
      return me;
    } catch (error) {
      if (!(error instanceof MatrixFailure)) throw error;
      if (error.kind === "unauthorised") {
        throw new OpsroomError(
          "OPSROOM_MATRIX_UNAUTHORISED",
          `the homeserver does not accept the access token: ${error.message}`,
          "Get a new token with `opsroom login` and start again.",
          { cause: error },
        );
      }
      metrics.apiFailure("matrix", error.kind);
      const waitMs = error.retryAfterMs ?? backOffMs(failures, random);
      log.warn({ failure: error.message, waitMs }, "the homeserver does not say who we are; trying again");
      await clock.sleep(waitMs, signal);
    }
  }
}
