/** The HTTP side of the embedded API: who asks, whether they may, how it goes wrong on demand, and the answer. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../clock.ts";
import { listAnswer, statusAnswer, type Answer } from "./answer.ts";
import type { Failure, FaultState } from "./faults.ts";
import type { World } from "./world.ts";

export interface SiteNeeds {
  readonly token: () => string;
  readonly world: World;
  readonly faults: FaultState;
  readonly clock: Clock;
  /** Told of each question that came past the token: `list pods.`, `list nodes.metrics.k8s.io`. */
  readonly asked: (what: string) => void;
}

interface Target {
  readonly group: string;
  readonly version: string;
  readonly namespace: string | undefined;
  readonly resource: string;
}

const user = "system:serviceaccount:opsroom:opsroom";

export function respondTo(needs: SiteNeeds): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { faults, clock } = needs;
  return async (request, response) => {
    if (faults.delayMs() > 0) {
      const gone = new AbortController();
      response.on("close", () => gone.abort());
      await clock.sleep(faults.delayMs(), gone.signal).catch(() => undefined);
    }
    const failure = faults.takeFailure();
    if (failure === "hang") return;
    if (failure === "cut") {
      request.socket.destroy();
      return;
    }
    const { status, body } = failure === undefined ? answerTo(request, needs) : failed(failure);
    const text = typeof body === "string";
    response.writeHead(status, { "content-type": text ? "text/plain; charset=utf-8" : "application/json", ...(status === 429 ? { "retry-after": "1" } : {}) });
    response.end(text ? body : JSON.stringify(body));
  };
}

function failed(failure: Exclude<Failure, "cut" | "hang">): Answer {
  if (failure === "html") return { status: 502, body: "<html><head><title>502 Bad Gateway</title></head></html>" };
  return statusAnswer(failure, failure === 429 ? "too many requests, please try again later" : "made to fail");
}

function answerTo(request: IncomingMessage, { token, world, faults, asked }: SiteNeeds): Answer {
  const url = new URL(request.url ?? "/", "https://cluster");
  if (url.pathname === "/readyz" || url.pathname === "/livez") return { status: 200, body: "ok" };
  if (url.pathname === "/version") return { status: 200, body: { major: "1", minor: "32", gitVersion: "v1.32.1", platform: "linux/amd64" } };
  if (request.headers.authorization !== `Bearer ${token()}`) return statusAnswer(401, "Unauthorized");
  const target = targetOf(url.pathname);
  if (target === undefined) return notServed;
  if (request.method !== "GET") return statusAnswer(405, "the server does not allow this method on the requested resource");
  const { group, version, namespace, resource } = target;
  asked(`list ${resource}.${group}`);
  if (faults.isForbidden("list", group, resource)) {
    const where = namespace === undefined ? "at the cluster scope" : `in the namespace "${namespace}"`;
    const message = `${resource}${group === "" ? "" : `.${group}`} is forbidden: User "${user}" cannot list resource "${resource}" in API group "${group}" ${where}`;
    return statusAnswer(403, message, { kind: resource, ...(group === "" ? {} : { group }) });
  }
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

/** As a real API server says it for a group that nobody serves. */
const notServed: Answer = { status: 404, body: "404 page not found\n" };

/** Lists only: nothing else is asked. */
function targetOf(path: string): Target | undefined {
  const [, core, group, version = "", namespace, resource = ""] = /^\/(?:(api)|apis\/([^/]+))\/([^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)$/u.exec(path) ?? [];
  if (core === undefined && group === undefined) return undefined;
  return { group: group ?? "", version, namespace: namespace === undefined ? undefined : decodeURIComponent(namespace), resource };
}
