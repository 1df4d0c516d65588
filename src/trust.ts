/** How far it is certain who sent something encrypted, and how certain one wants it. Pure. */

/**
 * - `verified`: by a device signed by its owner, whom we have verified;
 * - `signed`: by a device signed by its owner, whom we have not;
 * - `unsigned`: its owner has not signed the device: whoever has the password may have made it;
 * - `unknown-device`: by a device that is gone, or not known;
 * - `identity-changed`: by an owner whom we had verified and whose identity is another one now;
 * - `not-authentic`: with a key from a backup or an export, which anyone who could write it may have made up.
 */
export type Trust = "verified" | "signed" | "unsigned" | "unknown-device" | "identity-changed" | "not-authentic";

/** From which devices commands are taken in encrypted rooms. */
export const acceptLevels = ["signed", "verified", "any"] as const;
export type AcceptFrom = (typeof acceptLevels)[number];

export function isAccepted(trust: Trust, accept: AcceptFrom): boolean {
  switch (accept) {
    case "any":
      return true;
    case "signed":
      return trust === "signed" || trust === "verified";
    case "verified":
      return trust === "verified";
    default:
      return accept satisfies never;
  }
}
