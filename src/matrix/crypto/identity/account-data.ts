/** What the homeserver keeps for the account, readable by all its devices. */
import type { UserId } from "../../../ids.ts";
import type { ApiCall } from "../../api.ts";
import { MatrixFailure } from "../../failure.ts";

/** Any call of the client-server API. @throws MatrixFailure */
export type Request = (call: ApiCall, signal: AbortSignal) => Promise<unknown>;

export interface AccountData {
  /** `undefined` when there is none. @throws MatrixFailure */
  readonly read: (type: string, signal: AbortSignal) => Promise<unknown>;
  readonly write: (type: string, content: Readonly<Record<string, unknown>>, signal: AbortSignal) => Promise<void>;
}

export function accountData(request: Request, user: UserId): AccountData {
  const path = (type: string): string => `/_matrix/client/v3/user/${encodeURIComponent(user)}/account_data/${encodeURIComponent(type)}`;
  return {
    read: (type, signal) => unlessAbsent(request({ method: "GET", path: path(type) }, signal)),
    write: async (type, content, signal) => {
      await request({ method: "PUT", path: path(type), body: content }, signal);
    },
  };
}

/** `undefined` where the homeserver says that there is nothing. @throws MatrixFailure */
export async function unlessAbsent(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof MatrixFailure && error.kind === "not-found") return undefined;
    throw error;
  }
}
