/** What a machine wants sent, as a call of the client-server API that anyone can make. */
import type { Native, Wasm } from "@matrix-org/matrix-sdk-crypto-nodejs";
import * as z from "zod";
import { parseRoomId, type RoomId } from "../../../ids.ts";

/** A call of the homeserver. Its answer goes to `CryptoMachine.markSent`. The same request has the same id and path each time it is asked for. */
export interface CallRequest {
  readonly kind: "keys-upload" | "keys-query" | "keys-claim" | "to-device" | "signatures-upload" | "signing-keys-upload" | "keys-backup";
  /** `undefined` where the machine waits for no answer. */
  readonly id: string | undefined;
  readonly method: "POST" | "PUT";
  /** From `/_matrix` on, its parts encoded. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** An event for a room, of a verification that goes on in it: encrypted like any other where the room is. `id` is its transaction id. */
export interface RoomRequest {
  readonly kind: "room-event";
  readonly id: string;
  readonly room: RoomId;
  readonly type: string;
  readonly content: Readonly<Record<string, unknown>>;
}

export type OutgoingRequest = CallRequest | RoomRequest;

type WasmRequest = Native.OutgoingRequest | Native.UploadSigningKeysRequest;

const body = z.record(z.string(), z.unknown());
const messages = z.object({ messages: body });
const readBody = (json: string): z.infer<typeof body> => body.parse(JSON.parse(json));
const v3 = (...parts: readonly string[]): string => ["/_matrix/client/v3", ...parts.map(encodeURIComponent)].join("/");

export function toOutgoing(wasm: Wasm, request: WasmRequest): OutgoingRequest {
  const post = (kind: CallRequest["kind"], id: string | undefined, ...path: readonly string[]): CallRequest => {
    return { kind, id, method: "POST", path: v3(...path), query: {}, body: readBody(request.body) };
  };
  if (request instanceof wasm.KeysUploadRequest) return post("keys-upload", request.id, "keys", "upload");
  if (request instanceof wasm.KeysQueryRequest) return post("keys-query", request.id, "keys", "query");
  if (request instanceof wasm.KeysClaimRequest) return post("keys-claim", request.id, "keys", "claim");
  if (request instanceof wasm.SignatureUploadRequest) return post("signatures-upload", request.id, "keys", "signatures", "upload");
  if (request instanceof wasm.UploadSigningKeysRequest) return post("signing-keys-upload", undefined, "keys", "device_signing", "upload");
  if (request instanceof wasm.ToDeviceRequest) {
    const path = v3("sendToDevice", request.event_type, request.txn_id);
    return { kind: "to-device", id: request.id, method: "PUT", path, query: {}, body: toDeviceBody(readBody(request.body)) };
  }
  if (request instanceof wasm.KeysBackupRequest) {
    const query = { version: request.version };
    return { kind: "keys-backup", id: request.id, method: "PUT", path: v3("room_keys", "keys"), query, body: readBody(request.body) };
  }
  return { kind: "room-event", id: request.id, room: parseRoomId(request.room_id), type: request.event_type, content: readBody(request.body) };
}

/** Some of the machine's requests have the messages themselves for a body, others have them under `messages`, as the API does. */
function toDeviceBody(given: z.infer<typeof body>): z.infer<typeof body> {
  const wrapped = messages.safeParse(given);
  return wrapped.success ? { messages: wrapped.data.messages } : { messages: given };
}

/** @returns `undefined` for a request whose answer the machine does not ask for. */
export function requestType(wasm: Wasm, kind: OutgoingRequest["kind"]): Native.KeysUploadRequest["type"] | undefined {
  const { RequestType } = wasm;
  switch (kind) {
    case "keys-upload":
      return RequestType.KeysUpload;
    case "keys-query":
      return RequestType.KeysQuery;
    case "keys-claim":
      return RequestType.KeysClaim;
    case "to-device":
      return RequestType.ToDevice;
    case "signatures-upload":
      return RequestType.SignatureUpload;
    case "keys-backup":
      return RequestType.KeysBackup;
    case "room-event":
      return RequestType.RoomMessage;
    case "signing-keys-upload":
      return undefined;
    default:
      return kind satisfies never;
  }
}
