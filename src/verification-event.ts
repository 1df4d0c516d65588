/** Events of a verification by emoji that goes on in a room. Element sends them in clear, also where the room is encrypted: they carry no secret, and prove themselves. */

/** As filters have it. */
export const verificationTypes = "m.key.verification.*";

export function isVerificationEvent({ type, content }: { readonly type: string; readonly content: Readonly<Record<string, unknown>> }): boolean {
  return type.startsWith("m.key.verification.") || (type === "m.room.message" && content["msgtype"] === "m.key.verification.request");
}
