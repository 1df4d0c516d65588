/** The server's side of a WebSocket (RFC 6455), as far as an API server's streams need it: Node has a client only. */
import { createHash } from "node:crypto";
import type { Duplex } from "node:stream";

export interface WebSocketEvents {
  readonly message: (payload: Buffer) => void;
  /** The peer closed, or the connection is gone. Called once. */
  readonly closed: () => void;
}

export interface WebSocketServer {
  /** A binary message. */
  readonly send: (payload: Buffer) => void;
  readonly close: (code: number) => void;
}

const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
/** A command's input comes in messages; each is bounded, as a real API server bounds them. */
const mostBytes = 16 * 2 ** 20;
const handshakeGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** Answers the upgrade and reads from then on. @param head what came with the upgrade's request */
export function acceptWebSocket(
  socket: Duplex,
  { key, protocol, head }: { readonly key: string; readonly protocol: string; readonly head: Buffer },
  events: WebSocketEvents,
): WebSocketServer {
  const accept = createHash("sha1")
    .update(key + handshakeGuid)
    .digest("base64");
  const lines = [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${accept}`,
    `Sec-WebSocket-Protocol: ${protocol}`,
  ];
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  let unread = head;
  let parts: Buffer[] = [];
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    socket.end();
    events.closed();
  };
  const read = (chunk: Buffer): void => {
    if (ended) return;
    unread = Buffer.concat([unread, chunk]);
    for (let frame = takeFrame(unread); frame !== undefined; frame = takeFrame(unread)) {
      unread = frame.rest;
      if (frame === tooLarge || frame.opcode === opcodes.close) {
        end();
        return;
      }
      if (frame.opcode === opcodes.ping) socket.write(frameOf(opcodes.pong, frame.payload));
      if (frame.opcode > opcodes.binary) continue;
      parts.push(frame.payload);
      if (!frame.final) continue;
      const whole = Buffer.concat(parts);
      parts = [];
      events.message(whole);
    }
  };
  socket.on("data", read);
  socket.on("error", end);
  socket.on("close", end);
  socket.on("end", end);
  if (head.length > 0) read(Buffer.alloc(0));
  return {
    send: (payload) => {
      if (!ended && socket.writable) socket.write(frameOf(opcodes.binary, payload));
    },
    close: (code) => {
      if (ended || !socket.writable) return;
      const payload = Buffer.alloc(2);
      payload.writeUInt16BE(code);
      socket.write(frameOf(opcodes.close, payload));
      end();
    },
  };
}

interface Frame {
  readonly final: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
  readonly rest: Buffer;
}

const none = Buffer.alloc(0);
const tooLarge: Frame = { final: true, opcode: opcodes.close, payload: none, rest: none };

/** @returns `undefined` when it is not all there yet */
function takeFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length < 2) return undefined;
  const [first = 0, second = 0] = bytes;
  const short = second & 0x7f;
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  if (bytes.length < 2 + lengthBytes) return undefined;
  const length = lengthBytes === 0 ? short : lengthBytes === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  // A client always masks.
  if (length > mostBytes || (second & 0x80) === 0) return tooLarge;
  const from = 2 + lengthBytes + 4;
  if (bytes.length < from + length) return undefined;
  const mask = bytes.subarray(from - 4, from);
  const payload = Buffer.from(bytes.subarray(from, from + length));
  for (let at = 0; at < payload.length; at += 1) payload[at] = (payload[at] ?? 0) ^ (mask[at % 4] ?? 0);
  return { final: (first & 0x80) !== 0, opcode: first & 0x0f, payload, rest: bytes.subarray(from + length) };
}

function frameOf(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = 0x80 | opcode;
  head[1] = length < 126 ? length : length < 65_536 ? 126 : 127;
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
}
