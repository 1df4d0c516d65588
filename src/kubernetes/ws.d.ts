/** The part of ws that is used; the package brings no types. */
declare module "ws" {
  import type { EventEmitter } from "node:events";
  import type { ClientRequest, IncomingMessage } from "node:http";
  import type { RequestOptions } from "node:https";

  interface ClientOptions extends RequestOptions {
    readonly perMessageDeflate: boolean;
    /** Bytes of one message. */
    readonly maxPayload: number;
  }

  interface Events {
    open: [];
    message: [data: Buffer, isBinary: boolean];
    close: [code: number, reason: Buffer];
    error: [error: Error];
    /** The server answered, and did not change the protocol. */
    "unexpected-response": [request: ClientRequest, answer: IncomingMessage];
  }

  export class WebSocket extends EventEmitter<Events> {
    constructor(address: string, protocols: readonly string[], options: ClientOptions);
    /** The one that the server chose. */
    readonly protocol: string;
    send(data: Buffer): void;
    close(code?: number): void;
    /** Ends the connection at once. */
    terminate(): void;
  }
}
