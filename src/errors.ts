/** Errors that a person can mend. Each has a code that `docs/errors.md` explains; a test keeps the two in step. */

/** `waiting` heals by itself and is retried; `stalled` needs a person. A bug is an ordinary Error and is not caught half way. */
export type FaultKind = "waiting" | "stalled";

export const errorCodes = {
  OPSROOM_CONFIG_INVALID: { kind: "stalled", summary: "The configuration has mistakes." },
  OPSROOM_SECRET_UNREADABLE: { kind: "stalled", summary: "A secret's file or environment variable could not be read, or is empty." },
  OPSROOM_MATRIX_UNAUTHORISED: { kind: "stalled", summary: "The homeserver does not accept the access token (401)." },
  OPSROOM_MATRIX_FORBIDDEN: { kind: "stalled", summary: "The homeserver refused what the account may not do (403)." },
  OPSROOM_MATRIX_UNREACHABLE: { kind: "waiting", summary: "The homeserver could not be reached, or answered with an error of its own." },
  OPSROOM_ROOM_LOST: { kind: "stalled", summary: "Opsroom is not in a configured room any more." },
  OPSROOM_STORE_UNAVAILABLE: { kind: "waiting", summary: "The database could not be read or written." },
  OPSROOM_STORE_NEWER: { kind: "stalled", summary: "The database was written by a newer Opsroom." },
  OPSROOM_STORE_CORRUPT: { kind: "stalled", summary: "The database file is damaged." },
  OPSROOM_LEASE_LOST: { kind: "waiting", summary: "Another instance has taken over." },
  OPSROOM_OUTBOX_FULL: { kind: "waiting", summary: "Too many messages wait to be sent." },
  OPSROOM_DELIVERIES_FULL: { kind: "waiting", summary: "Too many deliveries of alerts wait to be worked off." },
  OPSROOM_CLUSTER_UNREACHABLE: { kind: "waiting", summary: "A Kubernetes API could not be reached in time." },
  OPSROOM_CLUSTER_UNAUTHORISED: { kind: "stalled", summary: "A Kubernetes API does not accept our credentials (401)." },
  OPSROOM_CLUSTER_FORBIDDEN: { kind: "stalled", summary: "A Kubernetes API does not allow a call (403): an RBAC rule is missing." },
  OPSROOM_CLUSTER_ANSWER: { kind: "stalled", summary: "A Kubernetes API answered something that cannot be read, or too much." },
  OPSROOM_ALERTMANAGER_ABSENT: { kind: "stalled", summary: "Something was asked that needs an Alertmanager, and the configuration names none." },
  OPSROOM_ALERTMANAGER_UNREACHABLE: { kind: "waiting", summary: "An Alertmanager could not be reached in time, or answered with an error of its own." },
  OPSROOM_ALERTMANAGER_REFUSED: { kind: "stalled", summary: "An Alertmanager refused what was asked, or answered something that cannot be read." },
  OPSROOM_COMMAND_DEADLINE: { kind: "waiting", summary: "A command took longer than it may." },
  OPSROOM_CRYPTO_LOCKED: { kind: "waiting", summary: "Another process has the encryption keys open." },
  OPSROOM_CRYPTO_UNUSABLE: { kind: "waiting", summary: "The encryption keys could not be read or written: the disk, or its permissions." },
  OPSROOM_CRYPTO_CORRUPT: { kind: "stalled", summary: "The store of encryption keys is damaged." },
  OPSROOM_CRYPTO_OTHER_DEVICE: {
    kind: "stalled",
    summary: "The encryption keys belong to another device than the access token, or are not those that were there before.",
  },
  OPSROOM_CRYPTO_NEWER: { kind: "stalled", summary: "A newer Opsroom wrote the store of encryption keys." },
  OPSROOM_CRYPTO_PASSPHRASE: { kind: "stalled", summary: "The store of encryption keys needs a passphrase, has another, or has none." },
  OPSROOM_CRYPTO_NO_FOLDER: { kind: "stalled", summary: "A room is encrypted, and there is no folder for the keys or no device for them." },
  OPSROOM_CRYPTO_FORGOTTEN: { kind: "stalled", summary: "The homeserver has forgotten this device's keys, or has others for it." },
  OPSROOM_AUDIT_BROKEN: { kind: "stalled", summary: "A row of the audit log was changed or removed." },
} as const satisfies Record<string, { readonly kind: FaultKind; readonly summary: string }>;

export type ErrorCode = keyof typeof errorCodes;

/** Says what was found and what to do. Its message never has a secret in it. */
export class OpsroomError extends Error {
  readonly code: ErrorCode;
  readonly kind: FaultKind;
  /** What a person does about it, one sentence. */
  readonly remedy: string;

  constructor(code: ErrorCode, found: string, remedy: string, options?: ErrorOptions) {
    super(found, options);
    this.name = "OpsroomError";
    this.code = code;
    this.kind = errorCodes[code].kind;
    this.remedy = remedy;
  }
}

/** What was thrown, as an error: a signal's reason and a rejection may be anything. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
