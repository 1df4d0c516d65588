/** The two requests of a login. The library for everything else needs a token first, so these are made by hand. */
import * as z from "zod";
import { isDeviceId, isUserId, type DeviceId, type UserId } from "../ids.ts";
import { readBounded } from "../matrix/read-bounded.ts";
import { CommandFailure } from "./failure.ts";

const deadlineMs = 15_000;
const mostBytes = 65_536;

export interface LoginAnswer {
  readonly user: UserId;
  readonly device: DeviceId;
  readonly accessToken: string;
}

export interface Credentials {
  readonly user: UserId;
  readonly password: string;
  /** What people see in the account's list of sessions. */
  readonly deviceName: string;
}

const loginAnswer = z.object({
  user_id: z.string().refine(isUserId),
  device_id: z.string().refine(isDeviceId),
  access_token: z.string().regex(/^[\x21-\x7e]{1,4096}$/u),
});

const errorAnswer = z
  .object({
    errcode: z
      .string()
      .regex(/^[A-Z][A-Z_]{1,64}$/u)
      .optional(),
    retry_after_ms: z.number().optional(),
  })
  .catch({});

/** Password login with a new device. @throws {CommandFailure} in words; never with the password or an answer's text in it */
export async function logIn(base: string, { user, password, deviceName }: Credentials, signal: AbortSignal): Promise<LoginAnswer> {
  const { status, body } = await post(
    `${base}/_matrix/client/v3/login`,
    { type: "m.login.password", identifier: { type: "m.id.user", user }, password, initial_device_display_name: deviceName },
    {},
    signal,
  );
  if (status !== 200) throw refusal(status, body, user);
  const parsed = loginAnswer.safeParse(body);
  if (!parsed.success) throw unreadable(base);
  const { user_id, device_id, access_token } = parsed.data;
  if (!isUserId(user_id) || !isDeviceId(device_id)) throw unreadable(base);
  return { user: user_id, device: device_id, accessToken: access_token };
}

/** Gives the device back. @throws {CommandFailure} */
export async function logOut(base: string, accessToken: string, signal: AbortSignal): Promise<void> {
  const { status } = await post(`${base}/_matrix/client/v3/logout`, {}, { authorization: `Bearer ${accessToken}` }, signal);
  if (status !== 200) throw new CommandFailure(`The homeserver refused to log out (${status})`, "Log the device out by hand.");
}

async function post(url: string, content: object, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<{ status: number; body: unknown }> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(content),
      // A password does not follow a redirect to wherever it leads.
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
    });
    return { status: response.status, body: parseJson(await readBounded(response, mostBytes)) };
  } catch (error) {
    const why = error instanceof Error ? causeOf(error) : "unknown";
    throw new CommandFailure(`${new URL(url).origin} could not be reached: ${why}`, "Check --homeserver and the network.");
  }
}

/** `fetch` says only “fetch failed” and puts the reason below. */
function causeOf(error: Error): string {
  if (error.name === "TimeoutError") return `no answer within ${deadlineMs / 1000} s`;
  const { cause } = error;
  return cause instanceof Error && "code" in cause ? String(cause.code) : error.message;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreadable(base: string): CommandFailure {
  return new CommandFailure(`${base} answered something that is no login`, "Check that --homeserver is the client API's address.");
}

/** Matrix Authentication Service lets passwords in only where it is told to, and some servers refuse the whole endpoint. */
function refusal(status: number, body: unknown, user: UserId): CommandFailure {
  const { errcode, retry_after_ms: retryAfterMs } = errorAnswer.parse(body);
  const localpart = user.slice(1, user.indexOf(":"));
  const byMas = `mas-cli manage issue-compatibility-token ${localpart} OPSROOM`;
  if (status === 429) {
    const wait = retryAfterMs === undefined ? "a while" : `${Math.ceil(retryAfterMs / 1000)} s`;
    return new CommandFailure("The homeserver limits logins (429)", `Try again in ${wait}.`);
  }
  if (errcode === "M_USER_DEACTIVATED") return new CommandFailure(`${user} is deactivated`, "Use another account.");
  if (errcode === "M_FORBIDDEN") {
    return new CommandFailure(
      "The homeserver refused this user and password (M_FORBIDDEN)",
      `If they are right, it may not take passwords here: with Matrix Authentication Service run \`${byMas}\` and save what it prints (docs/login.md).`,
    );
  }
  if (errcode === "M_UNRECOGNIZED" || errcode === "M_UNKNOWN" || (status === 404 && errcode !== undefined)) {
    return new CommandFailure(
      `The homeserver has no password login (${errcode})`,
      `With Matrix Authentication Service run \`${byMas}\` and save what it prints (docs/login.md).`,
    );
  }
  if (errcode === undefined) {
    return new CommandFailure(
      `What answered (${status}) is no homeserver's client API`,
      "Give --homeserver the address that clients use, such as https://matrix.example.org.",
    );
  }
  return new CommandFailure(`The homeserver refused the login (${status}, ${errcode})`, "See the homeserver's log.");
}
