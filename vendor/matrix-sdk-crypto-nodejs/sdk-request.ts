/** A request as the SDK's RustEngine reads it. */
import type { KeysClaimRequest, KeysQueryRequest, KeysUploadRequest, ToDeviceRequest } from "@matrix-org/matrix-sdk-crypto-wasm" with {
  "resolution-mode": "require",
};

export interface SdkRequest {
  readonly id: string;
  readonly type: number;
  readonly body: string;
  readonly txnId?: string;
  readonly eventType?: string;
}

export function toSdkRequest(request: KeysUploadRequest | KeysQueryRequest | KeysClaimRequest | ToDeviceRequest): SdkRequest {
  const { id, type, body } = request;
  if (!("txn_id" in request)) return { id, type, body };
  // It reads txn_id and event_type from the body for requests of outgoingRequests(), and only messages for those of shareRoomKey().
  const { txn_id, event_type } = request;
  const content: { readonly messages?: unknown } = JSON.parse(body);
  return { id, type, txnId: txn_id, eventType: event_type, body: JSON.stringify({ messages: content.messages ?? content, event_type, txn_id }) };
}
