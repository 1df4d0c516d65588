/** The HTTP side of the embedded API: who asks, whether they may, how it goes wrong on demand, and the answer. */
import { randomBytes } from "node:crypto";
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Clock } from "../../clock.ts";
import { listAnswer, statusAnswer, type Answer } from "./answer.ts";
import { planExec } from "./exec-api.ts";
import type { Failure, FaultState } from "./faults.ts";
import { createAnswer, deleteAnswer, getAnswer, notServed } from "./objects-api.ts";
import { resourceOf, targetOf, verbOf, type Target, type Verb } from "./target.ts";
import type { World } from "./world.ts";

export interface SiteNeeds {
  readonly token: () => string;
  readonly world: World;
  readonly faults: FaultState;
  readonly clock: Clock;
  /** Told of each question that came past the token: `list pods.`, `create pods/exec.`, `list nodes.metrics.k8s.io`. */
  readonly asked: (what: string) => void;
}

export interface Site {
  readonly respond: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** A request that wants to become a WebSocket. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>;
}

const user = "system:serviceaccount:opsroom:opsroom";
/** As a real API server has it. */
const mostBodyBytes = 3 * 2 ** 20;

export function siteOf(needs: SiteNeeds): Site {
  const { faults, clock } = needs;
  /** @returns how to fail now */
  const trouble = async (gone: (listener: () => void) => void): Promise<Failure | undefined> => {
    if (faults.delayMs() > 0) {
      const stop = new AbortController();
      gone(() => stop.abort());
      await clock.sleep(faults.delayMs(), stop.signal).catch(() => undefined);
    }
    return faults.takeFailure();
  };
  return {
    respond: async (request, response) => {
      const body = await readBody(request);
      const failure = await trouble((listener) => response.on("close", listener));
      if (failure === "hang") return;
      if (failure === "lost") answerTo(request, body ?? "", needs);
      if (failure === "cut" || failure === "lost") {
        request.socket.destroy();
        return;
      }
      const answer =
        failure !== undefined
          ? failed(failure)
          : body === undefined
            ? statusAnswer(413, "Request entity too large: limit is 3145728")
            : answerTo(request, body, needs);
      const text = typeof answer.body === "string";
      const retry = answer.status === 429 ? { "retry-after": "1" } : {};
      response.writeHead(answer.status, { "content-type": text ? "text/plain; charset=utf-8" : "application/json", ...retry });
      response.end(text ? answer.body : JSON.stringify(answer.body));
    },
    upgrade: async (request, socket, head) => {
      socket.on("error", () => socket.destroy());
      const failure = await trouble((listener) => socket.on("close", listener));
      if (failure === "hang") return;
      if (failure === "cut" || failure === "lost") {
        socket.destroy();
        return;
      }
      const plan = failure === undefined ? upgradeTo(request, needs) : failed(failure);
      if ("begin" in plan) plan.begin(request, socket, head);
      else refuseUpgrade(socket, plan);
    },
  };
}

function failed(failure: Exclude<Failure, "cut" | "hang" | "lost">): Answer {
  if (failure === "html") return { status: 502, body: "<html><head><title>502 Bad Gateway</title></head></html>" };
  return statusAnswer(failure, failure === 429 ? "too many requests, please try again later" : "made to fail");
}

function answerTo(request: IncomingMessage, body: string, needs: SiteNeeds): Answer {
  const { world, clock } = needs;
  const url = new URL(request.url ?? "/", "https://cluster");
  if (url.pathname === "/readyz" || url.pathname === "/livez") return { status: 200, body: "ok" };
  if (url.pathname === "/version") return { status: 200, body: { major: "1", minor: "32", gitVersion: "v1.32.1", platform: "linux/amd64" } };
  if (request.headers.authorization !== `Bearer ${needs.token()}`) return statusAnswer(401, "Unauthorized");
  const target = targetOf(url.pathname);
  if (target === undefined) return notServed;
  if (target.subresource === "exec" && request.method === "POST")
    return permitted(["create"], target, needs) ?? statusAnswer(400, "unable to upgrade: missing upgrade headers in request");
  const verb = target.subresource === undefined ? verbOf(request.method, target) : undefined;
  if (verb === undefined) return statusAnswer(405, "the server does not allow this method on the requested resource");
  const refusal = permitted([verb], target, needs);
  if (refusal !== undefined) return refusal;
  // Whoever asks sees what has happened until now.
  world.cnpg?.catchUp();
  const { name } = target;
  if (verb === "create") return createAnswer(world, target, body, clock.now(), () => randomBytes(3).toString("hex").slice(0, 5));
  if (name === undefined) return listed(target, url, needs);
  return verb === "get" ? getAnswer(world, { ...target, name }) : deleteAnswer(world, { ...target, name }, body);
}

function listed({ group, version, namespace, resource }: Target, url: URL, { world, faults }: SiteNeeds): Answer {
  const list = world.list(group, version, resource);
  if (list === "absent") return notServed;
  if (list === "broken") return { status: 503, body: "service unavailable\n" };
  const query = (name: string): string | undefined => url.searchParams.get(name) ?? undefined;
  const limit = query("limit");
  return listAnswer(list, {
    apiVersion: group === "" ? version : `${group}/${version}`,
    namespace,
    labelSelector: query("labelSelector"),
    limit: limit === undefined ? undefined : Number(limit),
    continue: query("continue"),
    epoch: faults.epoch(),
  });
}

function upgradeTo(request: IncomingMessage, needs: SiteNeeds): Answer | ReturnType<typeof planExec> {
  const url = new URL(request.url ?? "/", "https://cluster");
  if (request.headers.authorization !== `Bearer ${needs.token()}`) return statusAnswer(401, "Unauthorized");
  const target = targetOf(url.pathname);
  if (target?.name === undefined || target.subresource !== "exec" || target.resource !== "pods" || target.group !== "") return notServed;
  // A WebSocket is a GET; since 1.35 `create` is wanted as well.
  const refusal = permitted(request.method === "GET" ? ["get", "create"] : ["create"], target, needs);
  needs.world.cnpg?.catchUp();
  return refusal ?? planExec(needs.world, { ...target, name: target.name }, url, request.headers["sec-websocket-protocol"] ?? "");
}

/** @returns the refusal, or `undefined` when all is permitted */
function permitted(verbs: readonly Verb[], target: Target, { faults, asked }: SiteNeeds): Answer | undefined {
  const { group, namespace, name } = target;
  const resource = resourceOf(target);
  for (const verb of verbs) asked(`${verb} ${resource}.${group}`);
  const missing = verbs.find((verb) => faults.isForbidden(verb, group, resource));
  if (missing === undefined) return undefined;
  const where = namespace === undefined ? "at the cluster scope" : `in the namespace "${namespace}"`;
  const what = `${target.resource}${group === "" ? "" : `.${group}`}${name === undefined ? "" : ` ${JSON.stringify(name)}`}`;
  const message = `${what} is forbidden: User "${user}" cannot ${missing} resource "${resource}" in API group "${group}" ${where}`;
  return statusAnswer(403, message, { ...(name === undefined ? {} : { name }), kind: target.resource, ...(group === "" ? {} : { group }) });
}

function refuseUpgrade(socket: Duplex, { status, body }: Answer): void {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const type = typeof body === "string" ? "text/plain; charset=utf-8" : "application/json";
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`, `content-type: ${type}`, `content-length: ${Buffer.byteLength(text)}`, "connection: close"];
  socket.end(`${head.join("\r\n")}\r\n\r\n${text}`);
}

/** @returns `undefined` when it is too large */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size <= mostBodyBytes) chunks.push(bytes);
  }
  return size > mostBodyBytes ? undefined : Buffer.concat(chunks).toString("utf8");
}
