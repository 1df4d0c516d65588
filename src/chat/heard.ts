/** An event as it is handled: of an encrypted one what it says, and by which device. */
import type { DeviceId } from "../ids.ts";
import type { PendingEvent } from "../store/store.ts";
import type { Trust } from "../trust.ts";

export interface Origin {
  /** `undefined` when it is gone, or not known. */
  readonly device: DeviceId | undefined;
  readonly trust: Trust;
}

export interface HeardEvent extends PendingEvent {
  /** Absent of what was said in clear: whoever runs the homeserver could have made that up. */
  readonly origin?: Origin;
}

/** For the audit log. */
export function describeOrigin({ device, trust }: Origin): string {
  return `device ${device ?? "not known"}, ${trust}`;
}
