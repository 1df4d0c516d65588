/**
 * One command over one WebSocket: each message begins with the number of its channel. `v5.channel.k8s.io` can say that standard input has ended (channel 255);
 * with v4 the input never ends, and so neither does a command that reads all of it.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { ExecHandler, ExecOutcome, ExecQuestion } from "./command.ts";
import { acceptWebSocket } from "./web-socket.ts";

const channels = { stdin: 0, stdout: 1, stderr: 2, status: 3, close: 255 } as const;
export const protocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"] as const;
const mostInputBytes = 64 * 2 ** 20;
const pieceBytes = 32 * 1024;
const normalClosure = 1000;

export interface ExecStreams {
  readonly protocol: (typeof protocols)[number];
  readonly stdin: boolean;
}

export function serveExec(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  asked: Omit<ExecQuestion, "input">,
  { protocol, stdin }: ExecStreams,
  run: ExecHandler,
): void {
  const gone = new AbortController();
  const input: Buffer[] = [];
  let size = 0;
  let begun = false;
  const begin = (): void => {
    if (begun) return;
    begun = true;
    run({ ...asked, input: Buffer.concat(input).toString("utf8") }, gone.signal).then(finish, (error: unknown) => {
      finish({ exitCode: undefined, output: "", errors: "", words: error instanceof Error ? error.message : String(error) });
    });
  };
  const finish = (outcome: ExecOutcome | Broken): void => {
    if (gone.signal.aborted) return;
    const send = (channel: number, bytes: Buffer): void => web.send(Buffer.concat([Buffer.from([channel]), bytes]));
    for (const [channel, text] of [[channels.stdout, outcome.output] as const, [channels.stderr, outcome.errors] as const]) {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += pieceBytes) send(channel, bytes.subarray(at, at + pieceBytes));
    }
    send(channels.status, Buffer.from(JSON.stringify(statusOf(outcome))));
    web.close(normalClosure);
  };
  const web = acceptWebSocket(
    socket,
    { key: request.headers["sec-websocket-key"] ?? "", protocol, head },
    {
      message: (payload) => {
        const [channel, of] = payload;
        if (channel === channels.close && of === channels.stdin && protocol === "v5.channel.k8s.io") begin();
        if (channel !== channels.stdin || begun) return;
        size += payload.length;
        if (size > mostInputBytes) web.close(1009);
        else input.push(payload.subarray(1));
      },
      closed: () => gone.abort(),
    },
  );
  if (!stdin) begin();
}

interface Broken extends Omit<ExecOutcome, "exitCode"> {
  readonly exitCode: undefined;
  readonly words: string;
}

function statusOf(outcome: ExecOutcome | Broken): unknown {
  if (outcome.exitCode === 0) return { metadata: {}, status: "Success" };
  if (outcome.exitCode === undefined) return { metadata: {}, status: "Failure", message: outcome.words, reason: "InternalError", code: 500 };
  return {
    metadata: {},
    status: "Failure",
    message: `command terminated with non-zero exit code: error executing command, exit code ${outcome.exitCode}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(outcome.exitCode) }] },
  };
}
