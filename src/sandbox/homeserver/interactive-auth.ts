/** User-interactive authentication: an act that needs the password again is refused with a session, and asked again with both. */
import * as z from "zod";
import { passwordMatches } from "./accounts.ts";
import type { Core } from "./core.ts";
import type { Call } from "./endpoint.ts";
import { isJson, type Json } from "./event.ts";
import { badRequest, forbidden, MatrixError } from "./matrix-error.ts";

/** The act that a session was begun for; it must not become another. */
export type AuthSessions = Map<string, string>;

const keptAtMost = 1000;

const answer = z.object({
  type: z.string().optional(),
  session: z.string().optional(),
  identifier: z.object({ user: z.string() }).optional(),
  user: z.string().optional(),
  password: z.string().optional(),
});

/** 401 with what the client has to do; it is no error yet, so that it has no `errcode` until a password was wrong. */
class AuthWanted extends MatrixError {
  readonly #body: Json;

  constructor(body: Json) {
    super(401, "M_FORBIDDEN", "Interactive auth not yet complete");
    this.name = "AuthWanted";
    this.#body = body;
  }

  override body(): Json {
    return this.#body;
  }
}

/** @throws {MatrixError} unless the request carries the caller's own password */
export function askForPassword(core: Core, sessions: AuthSessions, call: Call): void {
  const { userId } = call.caller();
  const auth = call.json()["auth"] ?? {};
  const given = answer.safeParse(auth);
  if (!given.success || !isJson(auth)) throw badRequest("Invalid auth", "M_BAD_JSON");
  const session = sessionFor(core, sessions, `${call.method} ${call.path}`, given.data.session);
  const hash = core.state.accounts.account(userId)?.passwordHash;
  const todo = { session, flows: hash === undefined ? [] : [{ stages: ["m.login.password"] }], params: {} };
  if (Object.keys(auth).length === 0) throw new AuthWanted(todo);
  const { type, identifier, user, password } = given.data;
  if (type === undefined) throw new AuthWanted({ ...todo, completed: [] });
  if (type !== "m.login.password" || password === undefined) throw badRequest(`Unknown login type ${type}`);
  const name = identifier?.user ?? user ?? "";
  const whose = name.startsWith("@") ? name : `@${name}:${core.serverName}`;
  if (!passwordMatches(password, core.state.accounts.account(whose)?.passwordHash))
    throw new AuthWanted({ ...todo, completed: [], errcode: "M_FORBIDDEN", error: "Invalid username or password" });
  if (whose !== userId) throw forbidden("Invalid auth");
}

function sessionFor(core: Core, sessions: AuthSessions, act: string, wanted: string | undefined): string {
  if (wanted === undefined) {
    const made = core.newId(24);
    sessions.set(made, act);
    const oldest = sessions.keys().next();
    if (sessions.size > keptAtMost && oldest.done !== true) sessions.delete(oldest.value);
    return made;
  }
  const begunFor = sessions.get(wanted);
  if (begunFor === undefined) throw badRequest(`Unknown session ID: ${wanted}`);
  if (begunFor !== act) throw forbidden("Requested operation has changed during the UI authentication session.");
  return wanted;
}
