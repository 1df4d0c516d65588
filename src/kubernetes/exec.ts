/**
 * A command in a container, over a WebSocket: each message begins with the number of its channel.
 * Protocol: k8s.io/apimachinery/pkg/util/remotecommand; `v5.channel.k8s.io` (Kubernetes 1.30 and later) can say that standard input has ended. With v4 it
 * never ends: what reads all of it has to know by itself when to stop.
 */
import type { RequestOptions } from "node:https";
import { asError } from "../errors.ts";
import { collectionPath, drillSourceCalls } from "./calls.ts";
import type { Credentials } from "./credentials.ts";
import { ClusterError, refusedCall } from "./errors.ts";
import { exitOf } from "./exit-status.ts";
import type { CommandOutcome, ContainerCommand, ContainerCommands } from "./objects.ts";
import { withinDeadline, type QuestionNeeds } from "./question.ts";
import { readRefusal } from "./refusal.ts";
import { answerOf } from "./transport.ts";
import type { WebSocket } from "./web-socket.ts";

export interface ExecNeeds extends QuestionNeeds {
  readonly credentials: Credentials;
}

const call = drillSourceCalls.exec;
const channels = { input: 0, output: 1, errors: 2, status: 3, close: 255 } as const;
const protocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"] as const;
const mostErrorBytes = 64 * 1024;
const pieceBytes = 32 * 1024;
const mostMessageBytes = 16 * 2 ** 20;
/** Closed as agreed, with a code or without one; everything else may have cut the output short. */
const normalClosures: ReadonlySet<number> = new Set([1000, 1005]);

/** Never tried a second time: what a command has done already nobody knows. */
export function containerCommands(needs: ExecNeeds): ContainerCommands {
  return {
    exec: async (signal, command) =>
      withinDeadline(needs, call, command.deadlineMs, signal, async (stop) => {
        const connect = await prepare(needs.credentials, command);
        stop.throwIfAborted();
        return converse(needs.cluster, connect(), command, stop);
      }),
  };
}

async function prepare(credentials: Credentials, { namespace, name, container, command, input }: ContainerCommand): Promise<() => WebSocket> {
  const { WebSocket: Socket } = await import("./web-socket.ts");
  const options: RequestOptions = { headers: { "user-agent": "opsroom" } };
  const { proxied } = await credentials.apply(options);
  const { agent, ...direct } = options;
  const query = new URLSearchParams({ container, stdin: String(input !== ""), stdout: "true", stderr: "true" });
  for (const word of command) query.append("command", word);
  const path = `${collectionPath({ ...call, resource: "pods" }, namespace)}/${encodeURIComponent(name)}/exec?${query.toString()}`;
  const address = credentials.server().replace(/^http/u, "ws") + path;
  const usual = { perMessageDeflate: false, maxPayload: mostMessageBytes };
  return () => new Socket(address, protocols, { ...direct, ...(proxied && agent !== undefined ? { agent } : {}), ...usual });
}

/** Sends the input, and gathers what comes until the connection is closed. */
async function converse(cluster: string, socket: WebSocket, command: ContainerCommand, signal: AbortSignal): Promise<CommandOutcome> {
  const { promise, resolve, reject } = Promise.withResolvers<CommandOutcome>();
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  let outputBytes = 0;
  let errorBytes = 0;
  let status: string | undefined;
  const where = `${command.namespace}/${command.name}`;
  const broke = (why: string): ClusterError =>
    new ClusterError("unreachable", `the connection to the command in ${where} of ${cluster} broke: ${why}`, "It may be tried again.");
  const abort = (): void => reject(asError(signal.reason));
  signal.addEventListener("abort", abort, { once: true });
  socket.on("open", () => {
    if (command.input !== "") sendInput(socket, Buffer.from(command.input));
  });
  socket.on("message", (data) => {
    const bytes = data.subarray(1);
    if (data[0] === channels.output) {
      outputBytes += bytes.length;
      if (outputBytes > command.mostBytes)
        reject(new ClusterError("bad-answer", `the command in ${where} of ${cluster} wrote more than ${command.mostBytes} bytes`, "Ask for less."));
      else output.push(bytes);
    } else if (data[0] === channels.errors) {
      if (errorBytes < mostErrorBytes) errors.push(bytes.subarray(0, mostErrorBytes - errorBytes));
      errorBytes += bytes.length;
    } else if (data[0] === channels.status) status = bytes.toString("utf8");
  });
  socket.on("unexpected-response", (_, answer) => {
    const said = answerOf(answer, signal);
    readRefusal(said).then(({ message }) => reject(refusedCall(cluster, call, said.status, message, said.retryAfterMs)), reject);
  });
  socket.on("error", reject);
  socket.on("close", (code) => {
    if (status === undefined) return reject(broke("it ended before the command's exit code came"));
    if (!normalClosures.has(code)) return reject(broke("it ended before all of the output came"));
    const exit = exitOf(status);
    if ("words" in exit)
      return reject(new ClusterError("bad-answer", `the command in ${where} of ${cluster} could not be run: ${exit.words}`, "See whether the pod runs."));
    resolve({ exitCode: exit.code, output: textOf(output), errors: textOf(errors) });
  });
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", abort);
    socket.terminate();
  }
}

function sendInput(socket: WebSocket, input: Buffer): void {
  for (let at = 0; at < input.length; at += pieceBytes) {
    socket.send(Buffer.concat([Buffer.from([channels.input]), input.subarray(at, at + pieceBytes)]));
  }
  if (socket.protocol === protocols[0]) socket.send(Buffer.from([channels.close, channels.input]));
}

function textOf(pieces: readonly Buffer[]): string {
  return Buffer.concat(pieces).toString("utf8");
}
