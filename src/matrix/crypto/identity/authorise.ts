/** What a homeserver wants before it takes an identity's keys: nothing the first time, mostly; else the password, or a click in a browser. */
import * as z from "zod";
import type { UserId } from "../../../ids.ts";
import { MatrixFailure } from "../../failure.ts";
import type { CallRequest } from "../machine/outgoing.ts";

export interface AuthorisedSend {
  readonly send: (request: CallRequest, signal: AbortSignal) => Promise<unknown>;
  readonly user: UserId;
  /** Asked for when the homeserver wants it; absent where nobody can be asked. */
  readonly password: (() => Promise<string>) | undefined;
}

/** What a person has to do first. */
export interface Refused {
  readonly found: string;
  readonly remedy: string;
}

const wanted = z.object({
  session: z.string().optional(),
  flows: z.array(z.object({ stages: z.array(z.string()) })),
  params: z.record(z.string(), z.looseObject({ url: z.string().optional() }).catch({})).catch({}),
});
const passwordStage = "m.login.password";
/** With Matrix Authentication Service the account's owner approves it there. */
const approvalStages = ["m.oauth", "org.matrix.cross_signing_reset"];

/** @returns what is in the way, `undefined` when it was taken @throws MatrixFailure */
export async function sendAuthorised(request: CallRequest, needs: AuthorisedSend, signal: AbortSignal): Promise<Refused | undefined> {
  const first = await attempt(request, needs, signal);
  if (first === undefined) return undefined;
  const { session, flows, params } = first;
  const takesPassword = flows.some(({ stages }) => stages.length === 1 && stages[0] === passwordStage);
  if (takesPassword && needs.password !== undefined) {
    const identifier = { type: "m.id.user", user: needs.user };
    const auth = { type: passwordStage, identifier, password: await needs.password(), ...(session === undefined ? {} : { session }) };
    const second = await attempt({ ...request, body: { ...request.body, auth } }, needs, signal);
    if (second === undefined) return undefined;
    return { found: "The homeserver did not take the password", remedy: "Try again with the account's own password." };
  }
  if (takesPassword)
    return {
      found: "The homeserver wants the account's password before it takes new identity keys",
      remedy: "Stop Opsroom and run `opsroom crypto init`: it asks for the password.",
    };
  const stage = approvalStages.find((name) => flows.some(({ stages }) => stages.includes(name)));
  const url = stage === undefined ? undefined : params[stage]?.url;
  if (url !== undefined && /^https:\/\/[^\s\p{C}]{1,500}$/u.test(url))
    return {
      found: "The homeserver's authentication service wants the account's owner to approve new identity keys",
      remedy: `Open ${url}, approve it as the bot's account, and run \`opsroom crypto init\` within ten minutes.`,
    };
  return {
    found: "The homeserver wants a proof that Opsroom cannot give before it takes new identity keys",
    remedy: "See “A homeserver that wants more” in docs/encryption.md.",
  };
}

async function attempt(request: CallRequest, { send }: AuthorisedSend, signal: AbortSignal): Promise<z.infer<typeof wanted> | undefined> {
  try {
    await send(request, signal);
    return undefined;
  } catch (error) {
    const asked = error instanceof MatrixFailure && error.status === 401 ? wanted.safeParse(error.authentication) : undefined;
    if (asked?.success !== true) throw error;
    return asked.data;
  }
}
