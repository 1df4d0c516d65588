/** {@link EncryptionFacts} in words. Pure. */
import type { EncryptionFacts, RoomFacts } from "./facts.ts";

export interface FactLine {
  readonly mark: "🟢" | "🟡" | "🔴" | "⚪";
  readonly text: string;
}

const mostNamed = 8;

/** One line a fact: the device, its owner's signature, recovery, backup, each room. */
export function describeEncryption(facts: EncryptionFacts): readonly FactLine[] {
  const { device, keys, rooms } = facts;
  if (device === undefined) return [{ mark: "🔴", text: "The access token has no device, so there are no keys: get one with opsroom login" }];
  if (keys === "unused") return [{ mark: "⚪", text: `Device ${device}: no keys yet; the first encrypted room, or opsroom crypto init, makes them` }];
  return [deviceLine(facts), signedLine(facts), recoveryLine(facts), backupLine(facts), ...rooms.map((room) => roomLine(room, facts.signed))];
}

/** Whether something of it needs a person. */
export function isWell(facts: EncryptionFacts): boolean {
  return describeEncryption(facts).every(({ mark }) => mark !== "🔴");
}

function deviceLine({ device, keys }: EncryptionFacts): FactLine {
  if (keys === "ours") return { mark: "🟢", text: `Device ${device}: its keys are on the homeserver` };
  const found = keys === "missing" ? "the homeserver has forgotten its keys" : "the homeserver has other keys for it than the database knows";
  return { mark: "🔴", text: `Device ${device}: ${found}. Stop Opsroom and run opsroom crypto reset` };
}

function signedLine({ signed, hasIdentity }: EncryptionFacts): FactLine {
  if (signed) return { mark: "🟢", text: "Signed by its account: Element shows what it says and gives it keys" };
  const how = hasIdentity ? "give it the account's recovery key, or run opsroom crypto init --new-identity" : "run opsroom crypto init";
  return { mark: "🔴", text: `Not signed by its account: Element hides what it says and keeps keys from it. To mend it, ${how}` };
}

function recoveryLine({ hasRecovery }: EncryptionFacts): FactLine {
  if (hasRecovery) return { mark: "🟢", text: "The identity can be recovered with the recovery key" };
  return { mark: "🟡", text: "No recovery key: a lost folder of keys means a new identity, verified anew by everybody. opsroom crypto init makes one" };
}

function backupLine({ backup }: EncryptionFacts): FactLine {
  if (backup === undefined) return { mark: "🟡", text: "The room keys are not backed up on the homeserver" };
  const count = backup.keys === undefined ? "" : `, ${backup.keys} keys`;
  return { mark: "🟢", text: `The room keys are backed up on the homeserver (version ${backup.version.slice(0, 40)}${count})` };
}

function roomLine({ room, people }: RoomFacts, signed: boolean): FactLine {
  if (people === undefined) return { mark: "⚪", text: `${room}: I am not in it` };
  const { members, devices, unsigned } = people;
  const who = `${members} ${members === 1 ? "person" : "people"}, ${devices} ${devices === 1 ? "device" : "devices"}`;
  if (!signed) return { mark: "🔴", text: `${room}: ${who}; on Element nobody reads me, and I read nobody` };
  if (unsigned.length === 0) return { mark: "🟢", text: `${room}: ${who}, all signed: all read me and are read` };
  const named = unsigned.slice(0, mostNamed).map(({ user, device, name }) => `${user} ${device}${name === undefined ? "" : ` (${oneLine(name)})`}`);
  const more = unsigned.length > mostNamed ? ` and ${unsigned.length - mostNamed} more` : "";
  return { mark: "🟡", text: `${room}: ${who}; not signed by their owners, so no commands are taken from them: ${named.join(", ")}${more}` };
}

/** A device's name is whatever its owner wrote. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{C}\s]+/gu, " ").slice(0, 40);
}
