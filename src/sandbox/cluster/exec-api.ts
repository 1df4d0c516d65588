/** Commands in containers: whether one may be run, and then its streams. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { statusAnswer, type Answer } from "./answer.ts";
import { protocols, serveExec } from "./exec/channels.ts";
import { notFound } from "./objects-api.ts";
import type { Target } from "./target.ts";
import type { World } from "./world.ts";

export interface ExecPlan {
  readonly begin: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/** Asked before the connection is taken over, so that a refusal is an answer like any other. */
export function planExec(world: World, target: Target & { readonly name: string }, url: URL, offered: string): ExecPlan | Answer {
  const { namespace = "", name: pod } = target;
  const found = world.findPod(namespace, pod);
  if (found === undefined) return notFound({ ...target, resource: "pods" }, pod);
  const [first] = found.containers;
  const container = url.searchParams.get("container") ?? first?.name ?? "";
  if (!found.containers.some((each) => each.name === container)) return statusAnswer(400, `container ${container} is not valid for pod ${pod}`);
  const [program, ...rest] = url.searchParams.getAll("command");
  if (program === undefined) return statusAnswer(400, "you must specify at least 1 container command");
  const wants = offered.split(",").map((each) => each.trim());
  const protocol = protocols.find((each) => wants.includes(each));
  if (protocol === undefined)
    return statusAnswer(400, `unable to upgrade: unable to negotiate protocol: client supports [${wants.join(" ")}], server supports ${protocols.join(" ")}`);
  if (found.failed === true) return statusAnswer(500, `cannot exec in a stopped container: ${container}`);
  const stdin = url.searchParams.get("stdin") === "true";
  return {
    begin: (request, socket, head) =>
      serveExec(request, socket, head, { namespace, pod, container, command: [program, ...rest] }, { protocol, stdin }, async (asked, signal) =>
        world.exec(asked, signal),
      ),
  };
}
